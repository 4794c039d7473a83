//! What picture, sound and distance promise.

use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn seed(number: u8) -> [u8; 32] {
    [number; 32]
}

/// Width, height and the shades of a PNG, one a pixel.
fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut packed = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut packed).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Indexed, png::BitDepth::Four));
    (info.width, info.height, packed.iter().flat_map(|pair| [pair >> 4, pair & 15]).collect())
}

#[test]
fn a_seed_repeats_exactly_and_another_differs() {
    assert_eq!(phrase(seed(1)), phrase(seed(1)));
    assert_eq!(picture("adk34", seed(1)), picture("adk34", seed(1)));
    assert_eq!(sound("adk34", seed(1)), sound("adk34", seed(1)));
    let numbers = 0..30;
    assert_eq!(numbers.clone().map(|number| phrase(seed(number))).collect::<HashSet<_>>().len(), 30);
    assert_eq!(numbers.clone().map(|number| picture("adk34", seed(number))).collect::<HashSet<_>>().len(), 30);
    assert_eq!(numbers.map(|number| sound("adk34", seed(number))).collect::<HashSet<_>>().len(), 30);
    assert_ne!(picture("adk34", seed(1)), picture("adk3y", seed(1)));
    assert_ne!(sound("adk34", seed(1)), sound("adk3y", seed(1)));
}

#[test]
fn phrases_use_the_whole_alphabet_evenly_and_nothing_else() {
    let text: String = (0..=255).map(|number| phrase(seed(number))).inspect(|phrase| assert_eq!(phrase.len(), LENGTH)).collect();
    assert!(text.chars().all(|character| ALPHABET.contains(&character)));
    for character in ALPHABET {
        let times = text.chars().filter(|other| *other == character).count();
        assert!((40..110).contains(&times), "{character} came {times} times in 1280, expected about 80");
    }
    for banned in "01olij257sz69qcvnrb8".chars() {
        assert!(!ALPHABET.contains(&banned));
    }
}

#[test]
fn streams_of_one_seed_are_apart() {
    let draws = |purpose| (0..8).map(|_| Chance::new(seed(9), purpose).between(0.0, 1.0)).collect::<Vec<_>>();
    assert_ne!(draws("captcha phrase"), draws("captcha picture"));
}

#[test]
fn draws_stay_in_their_bounds() {
    let mut chance = Chance::new(seed(3), "test");
    let mut negative = 0;
    for _ in 0..1000 {
        assert!((2.0..=5.0).contains(&chance.between(2.0, 5.0)));
        let either = chance.either_way(1.0, 2.0);
        assert!((1.0..=2.0).contains(&either.abs()));
        negative += i32::from(either < 0.0);
    }
    assert!((400..600).contains(&negative));
    assert_eq!(chance.pick::<u8>(&[]), None);
    assert_eq!(chance.pick(&[7]), Some(&7));
}

#[test]
fn the_picture_is_a_small_png_with_ink_on_paper() {
    for number in 0..40 {
        let png = picture(&phrase(seed(number)), seed(number));
        assert!(png.len() < 15_000, "{} bytes", png.len());
        let (width, height, shades) = decode(&png);
        assert_eq!((width, height, shades.len()), (240, 80, 19_200));
        let share = |range: std::ops::RangeInclusive<u8>| shades.iter().filter(|shade| range.contains(*shade)).count() * 100 / shades.len();
        // Paper is blank paper: a leak of the rasterizer would tint it all.
        assert!(share(0..=0) >= 40, "paper {} %", share(0..=0));
        assert!((8..=45).contains(&share(12..=15)), "ink {} %", share(12..=15));
    }
}

#[test]
fn every_character_is_drawn_and_spoken() {
    let blank = picture("", seed(4)).len();
    for character in ALPHABET {
        let (png, wav) = (picture(&character.to_string(), seed(4)), sound(&character.to_string(), seed(4)));
        assert_ne!(decode(&png).2, decode(&picture("", seed(4))).2, "{character}");
        assert!(wav.len() > sound("", seed(4)).len() + 5_000, "{character}");
    }
    assert!(blank > 0 && !picture("é漢\0", seed(4)).is_empty() && !sound("é漢\0", seed(4)).is_empty());
}

#[test]
fn letters_touch_and_stay_inside() {
    for number in 0..40 {
        let shades = picture::letters_alone(&phrase(seed(number)), seed(number));
        let column = |x: usize| (0..80).any(|y| shades[y * 240 + x] > 0.5);
        let inked: Vec<bool> = (0..240).map(column).collect();
        let (first, last) = (inked.iter().position(|ink| *ink).unwrap(), inked.iter().rposition(|ink| *ink).unwrap());
        assert!(first >= 4 && last <= 235, "from {first} to {last}");
        assert!(inked[first..=last].iter().filter(|ink| !**ink).count() <= 2, "a white gap parts the letters of seed {number}");
        let edge = shades.iter().take(240).chain(shades.iter().skip(240 * 79));
        assert!(edge.filter(|shade| **shade > 0.5).count() <= 4, "cut off above or below");
    }
}

#[test]
fn the_sound_is_a_bounded_wav_without_clipping() {
    for number in 0..8 {
        let wav = sound(&phrase(seed(number)), seed(number));
        assert!(wav.starts_with(b"RIFF") && wav[8..16] == *b"WAVEfmt ");
        assert!((40_000..250_000).contains(&wav.len()), "{} bytes", wav.len());
        let reader = hound::WavReader::new(wav.as_slice()).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 8_000, 8));
        let samples: Vec<i32> = reader.into_samples().map(Result::unwrap).collect();
        assert!(samples.iter().any(|sample| sample.abs() > 60));
        assert!(samples.iter().filter(|sample| sample.abs() >= 127).count() * 200 < samples.len());
    }
}

#[test]
fn distances() {
    for (answer, phrase, expected) in [
        ("adk34", "adk34", 0),
        ("ADK34", "adk34", 0),
        (" a d\tk34\n", "adk34", 0),
        ("O1i", "0lI", 0),
        ("l1I0o", "iiioo", 0),
        ("adk3y", "adk34", 1),
        ("ad34", "adk34", 1),
        ("addk34", "adk34", 1),
        ("", "adk34", 5),
        ("   ", "adk34", 5),
        ("xxxxx", "adk34", 5),
        ("43kda", "adk34", 4),
        // A long answer is all wrong, not further off; and what comes after 64 characters is not read.
        (&"x".repeat(500), "adk34", 5),
        (&format!("adk34{}x", " ".repeat(59)), "adk34", 0),
        (&format!("{}adk34", " ".repeat(64)), "adk34", 5),
        ("é漢\0", "adk34", 5),
        ("", "", 1),
        ("adk34", "", 1),
    ] {
        assert_eq!(distance(answer, phrase), expected, "{answer:?} {phrase:?}");
    }
}

/// What tesseract, told that each picture is one word of our alphabet, reads: one text for each file.
fn read_by_program(files: &[std::path::PathBuf], folder: &std::path::Path) -> Vec<String> {
    let list = folder.join("list.txt");
    std::fs::write(&list, files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n")).unwrap();
    let letters: String = ALPHABET.iter().flat_map(|letter| [*letter, letter.to_ascii_uppercase()]).collect();
    let output = std::process::Command::new("tesseract")
        .args([list.as_os_str(), "stdout".as_ref()])
        .args(["--psm", "8", "-c", &format!("tessedit_char_whitelist={letters}")])
        .env("OMP_THREAD_LIMIT", "1")
        .output()
        .expect("tesseract is on the machine: scripts/need installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let texts: Vec<String> = String::from_utf8_lossy(&output.stdout).split_terminator('\u{c}').map(|text| text.trim().to_owned()).collect();
    assert_eq!(texts.len(), files.len());
    texts
}

#[test]
fn a_program_that_reads_print_reads_one_picture_in_a_hundred_at_most() {
    let folder = std::env::temp_dir().join(format!("ringfence-pictures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut phrases, mut shown, mut cleaned, mut plain) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..150 {
        let phrase = phrase(seed(number));
        let png = picture(&phrase, seed(number));
        shown.push(folder.join(format!("{number}.png")));
        std::fs::write(shown.last().unwrap(), &png).unwrap();
        // As somebody would prepare it: three times as large, and whatever is pale is paper.
        let clean = |dark: &dyn Fn(usize) -> bool, name: String| {
            let rows = (0..240).flat_map(|y| (0..720).map(move |x| (y / 3) * 240 + x / 3));
            let pixels: Vec<u8> = rows.map(|pixel| if dark(pixel) { 0 } else { 255 }).collect();
            let file = folder.join(name);
            std::fs::write(&file, [b"P5 720 240 255\n".as_slice(), &pixels].concat()).unwrap();
            file
        };
        let shades = decode(&png).2;
        cleaned.push(clean(&|pixel| shades[pixel] >= 8, format!("{number}.pgm")));
        let letters = picture::letters_plain(&phrase);
        plain.push(clean(&|pixel| letters[pixel] >= 0.5, format!("{number}-plain.pgm")));
        phrases.push(phrase);
    }
    let right = |files: &[std::path::PathBuf]| -> Vec<bool> {
        let texts = read_by_program(files, &folder);
        texts.iter().zip(&phrases).map(|(text, phrase)| distance(text, phrase) == 0).collect()
    };
    let read = right(&shown).into_iter().zip(right(&cleaned)).filter(|(one, other)| *one || *other).count();
    let control = right(&plain).into_iter().filter(|read| *read).count();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(read <= 1, "{read} of 150 pictures were read");
    assert!(control >= 75, "print is read, so that this test can fail: {control} of 150");
}

proptest! {
    #[test]
    fn a_distance_is_within_the_phrase_and_zero_for_the_same_alone(
        answer in "\\PC{0,80}",
        near in "[a-bA-B01oOlLiI ]{0,6}",
        phrase in "[a-b01oli]{1,5}",
    ) {
        for answer in [&answer, &near] {
            let found = distance(answer, &phrase);
            prop_assert!(found <= phrase.len());
            let same = normal(&answer.chars().take(64).collect::<String>()) == normal(&phrase);
            prop_assert_eq!(found == 0, same);
        }
    }

    #[test]
    fn the_right_answer_is_right_however_it_is_typed(seed: [u8; 32], upper: [bool; 5], blanks: [bool; 5]) {
        let phrase = phrase(seed);
        let typed: String = phrase.chars().zip(upper).zip(blanks).flat_map(|((character, upper), blank)| {
            let character = if upper { character.to_ascii_uppercase() } else { character };
            std::iter::once(character).chain(blank.then_some(' '))
        }).collect();
        prop_assert_eq!(distance(&typed, &phrase), 0);
    }

    #[test]
    fn nothing_makes_them_fail(phrase in "\\PC{0,12}", seed: [u8; 32]) {
        prop_assert!(!picture(&phrase, seed).is_empty());
        prop_assert!(!sound(&phrase, seed).is_empty());
    }
}
