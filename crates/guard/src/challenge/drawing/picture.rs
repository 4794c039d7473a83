//! The phrase drawn: letters of several faces, tilted, bent and run together, on a band across which ink and paper change places.
//!
//! Letters are bent as outlines, before they become pixels, so they stay smooth for people. What keeps programs off is that there is no
//! white gap to part the letters at, and that most letters are partly dark on light and partly light on dark, which people hardly notice.

use super::chance::Chance;
use ab_glyph_rasterizer::{Point, Rasterizer, point};
use ttf_parser::{Face, OutlineBuilder};

const WIDTH: u16 = 240;
const HEIGHT: u16 = 80;
const PIXELS: usize = 240 * 80;

/// The alphabet in faces of the `DejaVu` family; where they come from: `font/README.md`.
const FONTS: [&[u8]; 4] = [
    include_bytes!("font/sans.ttf"),
    include_bytes!("font/serif.ttf"),
    include_bytes!("font/bold.ttf"),
    include_bytes!("font/slanted.ttf"),
];

/// Dark colours for the ink.
const INKS: [[f32; 3]; 5] = [[20.0, 30.0, 80.0], [70.0, 20.0, 60.0], [15.0, 60.0, 50.0], [80.0, 30.0, 20.0], [30.0, 30.0, 35.0]];
/// The light end of the scale.
const PAPER: [f32; 3] = [250.0, 249.0, 245.0];

/// Closed lines. Inside is where they go round once, whatever the direction.
type Shape = Vec<Vec<Point>>;
/// How much of each pixel is covered, row by row.
type Layer = Vec<f32>;

/// A PNG of 240 × 80 pixels that shows `phrase`, distorted by chance from `seed`.
///
/// Has 16 shades, so it stays below 10 kB whatever it shows. A character that the faces lack is left out; [`super::phrase`] makes none.
#[must_use]
pub fn picture(phrase: &str, seed: [u8; 32]) -> Vec<u8> {
    let mut chance = Chance::new(seed, "captcha picture");
    let letters = letters(phrase, &mut chance);
    let shades = compose(&letters, &mut chance);
    let ink = chance.pick(&INKS).copied().unwrap_or_default();
    file(&shades, ink).unwrap_or_default()
}

/// What [`picture`] shows of the letters before anything is laid over them.
#[cfg(test)]
pub(super) fn letters_alone(phrase: &str, seed: [u8; 32]) -> Layer {
    cover(&letters(phrase, &mut Chance::new(seed, "captcha picture")))
}

/// The phrase in print, side by side with gaps, as no picture shows it.
#[cfg(test)]
pub(super) fn letters_plain(phrase: &str) -> Layer {
    let mut pen = 20.0;
    let shapes: Vec<Shape> = phrase
        .chars()
        .filter_map(|character| {
            let face = Face::parse(FONTS.first()?, 0).ok()?;
            let mut outline = Outline::default();
            face.outline_glyph(face.glyph_index(character)?, &mut outline)?;
            let (mut shape, size) = (outline.shape, 50.0 / f32::from(face.units_per_em()));
            let [left, right, ..] = bounds(&shape);
            change(&mut shape, |at| point(pen + (at.x - left) * size, 55.0 - at.y * size));
            pen += (right - left) * size + 6.0;
            Some(shape)
        })
        .collect();
    cover(&shapes)
}

/// The letters of the phrase as one shape each, run together and bent.
fn letters(phrase: &str, chance: &mut Chance) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    for character in phrase.chars() {
        let Some(mut shape) = letter(character, chance) else { continue };
        if let Some(before) = shapes.last() {
            let shift = approach(before, &shape) + chance.between(0.4, 1.2);
            move_by(&mut shape, -shift, 0.0);
        }
        shapes.push(shape);
    }
    fit(&mut shapes, chance);
    bend(&mut shapes, chance);
    shapes
}

/// One letter around the origin: face, size, tilt and slant by chance.
fn letter(character: char, chance: &mut Chance) -> Option<Shape> {
    let face = Face::parse(chance.pick(&FONTS)?, 0).ok()?;
    let mut outline = Outline::default();
    face.outline_glyph(face.glyph_index(character)?, &mut outline)?;
    let mut shape = outline.shape;
    let size = chance.between(52.0, 62.0) / f32::from(face.units_per_em());
    let (wide, slant) = (size * chance.between(0.9, 1.12), chance.between(-0.12, 0.12));
    let (sin, cos) = chance.between(-0.15, 0.15).sin_cos();
    let [left, right, low, high] = bounds(&shape);
    let (middle_x, middle_y) = (f32::midpoint(left, right), f32::midpoint(low, high));
    // A letter sits between its place on the line and the middle of the picture, so that tall and small ones cannot be told by place.
    let rise = middle_y * size * 0.45 + chance.between(-6.0, 6.0);
    change(&mut shape, |at| {
        let (x, y) = ((at.x - middle_x) * wide, (at.y - middle_y) * size);
        let x = x + y * slant;
        point(x * cos - y * sin, -(x * sin + y * cos) - rise)
    });
    Some(shape)
}

/// Collects an outline as closed lines of short pieces.
#[derive(Default)]
struct Outline {
    shape: Shape,
    at: Point,
}

impl Outline {
    fn go(&mut self, to: Point) {
        if let Some(line) = self.shape.last_mut() {
            line.push(to);
        }
        self.at = to;
    }

    /// Goes on along `curve`, which is a function of 0 to 1.
    fn follow(&mut self, curve: impl Fn(f32) -> Point) {
        for step in 1..=12u8 {
            self.go(curve(f32::from(step) / 12.0));
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.shape.push(Vec::new());
        self.go(point(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let from = self.at;
        self.follow(|t| mix(from, point(x, y), t));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, control) = (self.at, point(x1, y1));
        self.follow(|t| mix(mix(from, control, t), mix(control, point(x, y), t), t));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let points = [self.at, point(x1, y1), point(x2, y2), point(x, y)];
        self.follow(|t| bezier(points, t));
    }

    fn close(&mut self) {
        if let Some(first) = self.shape.last().and_then(|line| line.first()).copied() {
            self.line_to(first.x, first.y);
        }
    }
}

fn mix(from: Point, to: Point, part: f32) -> Point {
    point(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part)
}

fn bezier([first, second, third, fourth]: [Point; 4], part: f32) -> Point {
    let (start, middle, end) = (mix(first, second, part), mix(second, third, part), mix(third, fourth, part));
    mix(mix(start, middle, part), mix(middle, end, part), part)
}

fn points(shape: &Shape) -> impl Iterator<Item = Point> {
    shape.iter().flatten().copied()
}

fn change(shape: &mut Shape, new: impl Fn(Point) -> Point) {
    for at in shape.iter_mut().flatten() {
        *at = new(*at);
    }
}

fn move_by(shape: &mut Shape, x: f32, y: f32) {
    change(shape, |at| point(at.x + x, at.y + y));
}

/// Left, right, top and bottom.
fn bounds(shape: &Shape) -> [f32; 4] {
    let start = [f32::MAX, f32::MIN, f32::MAX, f32::MIN];
    points(shape).fold(start, |[left, right, top, bottom], at| [left.min(at.x), right.max(at.x), top.min(at.y), bottom.max(at.y)])
}

/// How far `right` can go left before it touches `left`, where they come closest; seen in rows of four pixels. It does not creep far
/// under or over a letter that it never touches, or people could not tell which comes first.
fn approach(left: &Shape, right: &Shape) -> f32 {
    let [.., top, bottom] = bounds(left);
    let mut closest = f32::MAX;
    let mut row = top;
    while row < bottom {
        let here = |at: &Point| (at.y - row).abs() <= 4.0;
        let edge = points(left).filter(here).map(|at| at.x).fold(f32::MIN, f32::max);
        let other = points(right).filter(here).map(|at| at.x).fold(f32::MAX, f32::min);
        closest = closest.min(other - edge);
        row += 4.0;
    }
    let ([far, edge, ..], [other, ..]) = (bounds(left), bounds(right));
    closest.min(other - edge + (edge - far) * 0.12)
}

/// Puts the row of letters into the picture, as large as there is room, not always in the middle.
fn fit(shapes: &mut [Shape], chance: &mut Chance) {
    let all = shapes.iter().flatten().cloned().collect();
    let [left, right, top, bottom] = bounds(&all);
    let (room_x, room_y) = (f32::from(WIDTH) - 24.0, f32::from(HEIGHT) - 14.0);
    let (width, height) = ((right - left).max(1.0), (bottom - top).max(1.0));
    let (scale_x, scale_y) = ((room_x / width).min(1.25), (room_y / height).min(1.25));
    let spare = (room_x - width * scale_x).max(0.0);
    let start = 12.0 + spare * chance.between(0.1, 0.9);
    let rise = 7.0 + (room_y - height * scale_y).max(0.0) * chance.between(0.2, 0.8);
    for shape in shapes {
        change(shape, |at| point(start + (at.x - left) * scale_x, rise + (at.y - top) * scale_y));
    }
}

/// Two waves through the whole picture, one each way.
fn bend(shapes: &mut [Shape], chance: &mut Chance) {
    let (high, long, start) = (chance.either_way(2.0, 4.0), chance.between(60.0, 110.0), chance.between(0.0, 6.3));
    let (wide, tall, begin) = (chance.either_way(0.8, 1.8), chance.between(32.0, 52.0), chance.between(0.0, 6.3));
    for shape in shapes {
        change(shape, |at| {
            let y = at.y + high * (start + at.x * std::f32::consts::TAU / long).sin();
            point(at.x + wide * (begin + at.y * std::f32::consts::TAU / tall).sin(), y)
        });
    }
}

/// The shades of the picture from 0, paper, to 1, ink.
fn compose(letters: &[Shape], chance: &mut Chance) -> Layer {
    // Where a letter meets the band or a thin stroke it shows as paper.
    let strokes = [arc(chance, 22.0, 28.0), arc(chance, 1.6, 2.2), arc(chance, 1.6, 2.2)];
    let ghosts: Vec<Shape> = (0..5).filter_map(|_| ghost(chance)).collect();
    let (letters, strokes, ghosts) = (cover(letters), cover(&strokes), cover(&ghosts));
    let marks = letters.iter().zip(&strokes).map(|(letter, stroke)| (letter - stroke).abs());
    marks.zip(&ghosts).map(|(mark, ghost)| mark.max(ghost * 0.12)).collect()
}

/// A stroke from side to side through the band where the letters are.
fn arc(chance: &mut Chance, thin: f32, thick: f32) -> Shape {
    let (width, height) = (f32::from(WIDTH), f32::from(HEIGHT));
    let mut high = || chance.between(height * 0.25, height * 0.75);
    let (start, end) = (point(4.0, high()), point(width - 4.0, high()));
    // A curve does not reach its control points, so these may lie further out.
    let path = [start, point(width * 0.35, high() * 1.6 - 24.0), point(width * 0.65, high() * 1.6 - 24.0), end];
    stroke(path, chance.between(thin, thick))
}

/// A pale letter behind the others.
fn ghost(chance: &mut Chance) -> Option<Shape> {
    let mut shape = letter(*chance.pick(&super::ALPHABET)?, chance)?;
    move_by(&mut shape, chance.between(0.0, 240.0), chance.between(10.0, 70.0));
    Some(shape)
}

/// The outline of a curve drawn with a pen of `width`.
fn stroke(path: [Point; 4], width: f32) -> Shape {
    let side = |step: u8, offset: f32| {
        let t = f32::from(step) / 48.0;
        let (here, ahead, back) = (bezier(path, t), bezier(path, t + 0.01), bezier(path, t - 0.01));
        let (x, y) = (ahead.x - back.x, ahead.y - back.y);
        let length = x.hypot(y).max(0.001);
        point(here.x - y / length * offset, here.y + x / length * offset)
    };
    let there = (0..=48).map(|step| side(step, width / 2.0));
    let back = (0..=48).rev().map(|step| side(step, -width / 2.0));
    vec![there.chain(back).collect()]
}

/// What `shapes` cover. Each is drawn by itself, or two that run against each other would cancel out where they cross.
fn cover(shapes: &[Shape]) -> Layer {
    let mut layer = vec![0.0f32; PIXELS];
    let mut pen = Rasterizer::new(WIDTH.into(), HEIGHT.into());
    for shape in shapes {
        pen.clear();
        for line in shape {
            let ahead = line.iter().cycle().skip(1);
            line.iter().zip(ahead).for_each(|(from, to)| pen.draw_line(inside(*from), inside(*to)));
        }
        pen.for_each_pixel(|index, covered| {
            if let Some(pixel) = layer.get_mut(index) {
                *pixel = pixel.max(covered.min(1.0));
            }
        });
    }
    layer
}

/// The nearest point of the picture. The rasterizer sums up along the rows and from row to row: what left on the right would come in
/// again on the left, and what it drops at the first pixel for being a hair outside would tint the whole picture; so keep a pixel away.
fn inside(at: Point) -> Point {
    point(at.x.clamp(1.0, f32::from(WIDTH) - 2.0), at.y.clamp(0.0, f32::from(HEIGHT)))
}

/// The PNG: four bits a pixel, which name one of 16 mixtures of paper and ink.
fn file(shades: &[f32], ink: [f32; 3]) -> Result<Vec<u8>, png::EncodingError> {
    let mixture = |step: u8| {
        let part = f32::from(step) / 15.0;
        PAPER.iter().zip(ink).map(move |(paper, ink)| byte(paper + (ink - paper) * part))
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WIDTH.into(), HEIGHT.into());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette((0..16).flat_map(mixture).collect::<Vec<u8>>());
    let mut writer = encoder.write_header()?;
    let pairs = shades.as_chunks::<2>().0;
    writer.write_image_data(&pairs.iter().map(|[left, right]| (byte(left * 15.0) << 4) | byte(right * 15.0)).collect::<Vec<u8>>())?;
    writer.finish()?;
    Ok(bytes)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and all values are within 0 to 255")]
fn byte(value: f32) -> u8 {
    value.round() as u8
}
