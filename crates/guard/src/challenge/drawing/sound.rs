//! The phrase spoken, for people who do not see the picture.
//!
//! Each letter is named and then spelled with the word of the radio alphabet ("d … delta"), because d, e, p and t sound alike on a poor
//! loudspeaker; each digit is announced ("number three"). The clips in `voice/` are recorded in two voices, see `voice/README.md`.

use super::chance::Chance;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::io::Cursor;

/// Samples in a second.
const RATE: u32 = 8_000;
/// The same for arithmetic.
const SECOND: f32 = 8_000.0;
/// The clips' loudest sample.
const FULL: f32 = 127.0;

/// Clips of one voice, by character.
type Voice = &'static [(&'static str, &'static [u8])];

macro_rules! voice {
    ($folder:literal: $($character:literal)+) => {
        &[$(($character, include_bytes!(concat!("voice/", $folder, "/", $character, ".wav")))),+]
    };
}

const VOICES: [Voice; 2] = [
    voice!("one": "a" "d" "e" "f" "g" "h" "k" "m" "p" "t" "u" "w" "x" "y" "3" "4"),
    voice!("two": "a" "d" "e" "f" "g" "h" "k" "m" "p" "t" "u" "w" "x" "y" "3" "4"),
];

/// A WAV file (mono, 8 kHz, 8 bit, about 10 seconds) in which `phrase` is spoken, with voice, speed, pauses and noise from `seed`.
///
/// A character without a clip is left out; [`super::phrase`] makes none.
#[must_use]
pub fn sound(phrase: &str, seed: [u8; 32]) -> Vec<u8> {
    let mut chance = Chance::new(seed, "captcha sound");
    let mut track = silence(&mut chance);
    for character in phrase.chars() {
        let clip = chance.pick(&VOICES).and_then(|voice| clip(voice, character)).unwrap_or_default();
        track.extend(at_speed(&clip, chance.between(0.92, 1.08), chance.between(0.75, 0.95)));
        track.extend(silence(&mut chance));
    }
    murmur(&mut track, &mut chance);
    hiss(&mut track, &mut chance);
    file(&track).unwrap_or_default()
}

/// A pause between two characters, long enough to type one.
fn silence(chance: &mut Chance) -> Vec<f32> {
    vec![0.0; index(chance.between(0.6, 0.9) * SECOND)]
}

/// The samples of one clip, from -1 to 1.
fn clip(voice: Voice, character: char) -> Option<Vec<f32>> {
    let (_, bytes) = voice.iter().find(|(name, _)| name.chars().eq([character]))?;
    let samples = WavReader::new(*bytes).ok()?.into_samples::<i16>();
    samples.map(|sample| sample.ok().map(|sample| f32::from(sample) / FULL)).collect()
}

/// Faster or slower, and with it higher or lower, by reading between the samples.
fn at_speed(clip: &[f32], speed: f32, loudness: f32) -> Vec<f32> {
    let mut at = 0.0;
    let mut samples = Vec::with_capacity(clip.len() + clip.len() / 8);
    while let Some([left, right]) = clip.get(index(at)..).and_then(|rest| rest.first_chunk::<2>()) {
        samples.push((left + (right - left) * at.fract()) * loudness);
        at += speed;
    }
    samples
}

/// Lays speech that runs backwards under the whole track: noise of the same colour, which hides where a character begins.
fn murmur(track: &mut [f32], chance: &mut Chance) {
    let mut rest = track;
    while !rest.is_empty() {
        let voice = chance.pick(&VOICES).copied().unwrap_or_default();
        let character = chance.pick(voice).and_then(|(name, _)| name.chars().next());
        let mut speech = character.and_then(|character| clip(voice, character)).unwrap_or_default();
        speech.reverse();
        let speech = at_speed(&speech, chance.between(0.8, 1.3), chance.between(0.08, 0.13));
        for (to, from) in rest.iter_mut().zip(&speech) {
            *to += from;
        }
        rest = rest.get_mut(speech.len().max(1)..).unwrap_or_default();
    }
}

/// A soft hiss that swells and fades.
fn hiss(track: &mut [f32], chance: &mut Chance) {
    let (turn, start) = (chance.between(0.3, 0.8), chance.between(0.0, 6.0));
    let mut seconds = 0.0;
    let mut before = 0.0;
    for sample in track {
        let noise = chance.between(-1.0, 1.0);
        before = 0.6 * before + 0.4 * noise;
        *sample += before * (0.035 + 0.02 * (start + seconds * turn * std::f32::consts::TAU).sin());
        seconds += 1.0 / SECOND;
    }
}

fn file(track: &[f32]) -> hound::Result<Vec<u8>> {
    let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 8, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::with_capacity(track.len() + 64));
    let mut writer = WavWriter::new(&mut bytes, spec)?;
    for sample in track {
        writer.write_sample(level(*sample))?;
    }
    writer.finalize()?;
    Ok(bytes.into_inner())
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i8 first; `as` saturates anyway")]
fn level(sample: f32) -> i8 {
    (sample * FULL).clamp(-FULL, FULL) as i8
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positions are positive; `as` saturates and drops the part")]
const fn index(position: f32) -> usize {
    position as usize
}
