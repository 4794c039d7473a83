#!/usr/bin/env python3
"""Makes the captcha's clips with flite (a Debian package): mono, 8 kHz, 8 bit, silence trimmed, loudness evened.

Run it at the top of the checkout; it writes crates/guard/src/challenge/drawing/voice/{one,two}/X.wav."""
import os, subprocess, tempfile, wave
import numpy as np
WORDS = dict(a="alpha", d="delta", e="echo", f="foxtrot", g="golf", h="hotel", k="kilo", m="mike", p="papa",
             t="tango", u="uniform", w="whiskey", x="ex-ray", y="yankee")
NUMBERS = {"3": "three", "4": "four"}
VOICES = dict(one="slt", two="rms")
FOLDER = "crates/guard/src/challenge/drawing/voice"

def say(voice, text, path):
    subprocess.run(["flite", "-voice", voice, "--setf", "duration_stretch=1.15", "-t", text, "-o", path], check=True)
    with wave.open(path) as w:
        assert w.getnchannels() == 1 and w.getsampwidth() == 2
        return np.frombuffer(w.readframes(w.getnframes()), "<i2").astype(float) / 32768, w.getframerate()

def trim(x, rate):
    frame = rate // 100
    level = np.array([np.sqrt(np.mean(x[i:i + frame] ** 2)) for i in range(0, len(x) - frame, frame)])
    loud = np.nonzero(level > level.max() * 0.02)[0]
    return x[max(0, loud[0] - 2) * frame:(loud[-1] + 4) * frame]

def to_8k(x, rate):
    # windowed sinc, cut at 3.7 kHz
    cut = 3700 / rate
    n = np.arange(-64, 65)
    h = 2 * cut * np.sinc(2 * cut * n) * np.blackman(129)
    y = np.convolve(x, h, "same")
    at = np.arange(0, len(y) - 1, rate / 8000)
    return np.interp(at, np.arange(len(y)), y)

def main():
    for folder, voice in VOICES.items():
        os.makedirs(f"{FOLDER}/{folder}", exist_ok=True)
        for c in list(WORDS) + list(NUMBERS):
            parts = [("ex" if c == "x" else c) + ".", WORDS[c]] if c in WORDS else ["number", NUMBERS[c]]
            sound = []
            for i, text in enumerate(parts):
                with tempfile.NamedTemporaryFile(suffix=".wav") as part:
                    x, rate = say(voice, text, part.name)
                x = to_8k(trim(x, rate), rate)
                x = np.append(x[0], x[1:] - 0.6 * x[:-1])  # lift the treble a telephone lacks
                sound += ([np.zeros(8000 * 18 // 100 if c in WORDS else 8000 * 10 // 100)] if i else []) + [x * 0.14 / np.sqrt(np.mean(x ** 2))]
            y = np.concatenate(sound)
            y = np.tanh(y * 1.1)  # a soft limit
            with wave.open(f"{FOLDER}/{folder}/{c}.wav", "wb") as w:
                w.setnchannels(1); w.setsampwidth(1); w.setframerate(8000)
                w.writeframes((np.clip(np.round(y * 120), -127, 127) + 128).astype(np.uint8).tobytes())
main()
