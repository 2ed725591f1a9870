//! Sound: WAV through a bank of band filters, a simple cochlea.
//!
//! Bands are spaced evenly on the scale of equivalent rectangular bandwidths (ERB, Glasberg and Moore 1990) and are as wide as these. A band is
//! two resonators in a row, each of second order; its output is rectified, averaged over frames, and compressed by the cube root, as loudness is.

use super::{Samples, refuse, unpacked};
use crate::error::Error;
use std::f64::consts::PI;
use std::io::Cursor;
use std::path::Path;

/// Samples of one microphone.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples, -1..=1; channels of a file are averaged.
    pub samples: Vec<f64>,
    /// Samples per second, at least 1.
    pub rate_hz: u32,
}

/// A bank of band filters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bank {
    /// Bands, at least 1.
    pub bands: u32,
    /// Centre of the lowest band, above 0.
    pub low_hz: f64,
    /// Centre of the highest band, below half of the sampling rate.
    pub high_hz: f64,
    /// Milliseconds of a frame.
    pub frame_ms: f64,
}

impl Sound {
    /// Reads a WAV file of whole numbers or floats.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is none.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = unpacked(path)?;
        let fail = |error: hound::Error| {
            refuse(path, format!("it is no WAV file that can be read: {error}"), "save it as PCM")
        };
        let mut reader = hound::WavReader::new(Cursor::new(bytes)).map_err(fail)?;
        let spec = reader.spec();
        let channels = usize::from(spec.channels.max(1));
        if spec.sample_rate == 0 || reader.len() == 0 {
            let message = format!("it holds {} samples at {} Hz", reader.len(), spec.sample_rate);
            return Err(refuse(path, message, "one sample at 1 Hz is the least"));
        }
        let interleaved: Vec<f64> = match spec.sample_format {
            hound::SampleFormat::Float => {
                reader.samples::<f32>().map(|own| own.map(f64::from)).collect::<Result<_, _>>().map_err(fail)?
            }
            hound::SampleFormat::Int => {
                let scale = 2_f64.powi(i32::from(spec.bits_per_sample.clamp(1, 32)) - 1);
                let values = reader.samples::<i32>().map(|own| own.map(|own| f64::from(own) / scale));
                values.collect::<Result<_, _>>().map_err(fail)?
            }
        };
        if let Some(at) = interleaved.iter().position(|value| !value.is_finite()) {
            return Err(refuse(path, format!("sample {at} is {}", interleaved[at]), "save it as PCM"));
        }
        let samples = interleaved.chunks(channels).map(|own| own.iter().sum::<f64>() / own.len() as f64).collect();
        Ok(Self { samples, rate_hz: spec.sample_rate })
    }
}

impl Bank {
    /// The loudness of each band in each frame, a row per frame.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bank that does not suit the sound; `origin` names the latter.
    pub fn rows(&self, sound: &Sound, origin: &Path) -> Result<Samples, Error> {
        let rate = f64::from(sound.rate_hz);
        let frame = (self.frame_ms * rate / 1000.0).round();
        let is_good = self.bands >= 1 && self.low_hz > 0.0 && self.low_hz <= self.high_hz && self.high_hz < rate / 2.0;
        if !is_good || !(1.0..=1e9).contains(&frame) {
            let Self { bands, low_hz, high_hz, frame_ms } = self;
            let message = format!(
                "{bands} bands from {low_hz} to {high_hz} Hz, frames of {frame_ms} ms, of a sound of {rate} Hz"
            );
            let help = format!(
                "bands lie above 0 and below {} Hz, the lower one first; a frame is a sample at least",
                rate / 2.0
            );
            return Err(refuse(origin, message, help));
        }
        let bands: Vec<Vec<f64>> = (0..self.bands).map(|band| self.loudness(band, sound, frame as usize)).collect();
        let frames = sound.samples.len().div_ceil(frame as usize);
        let values = (0..frames).flat_map(|at| bands.iter().map(move |own| own[at])).collect();
        Samples { values, features: bands.len() }.checked(origin)
    }

    /// The centre of a band in hertz.
    #[must_use]
    pub fn centre_hz(&self, band: u32) -> f64 {
        let scale = |hz: f64| (1.0 + 0.004_37 * hz).ln();
        let share = if self.bands > 1 { f64::from(band) / f64::from(self.bands - 1) } else { 0.0 };
        ((scale(self.low_hz) + share * (scale(self.high_hz) - scale(self.low_hz))).exp() - 1.0) / 0.004_37
    }

    fn loudness(&self, band: u32, sound: &Sound, frame: usize) -> Vec<f64> {
        let centre = self.centre_hz(band);
        let width = 24.7 * (1.0 + 0.004_37 * centre);
        let mut filters = [Resonator::new(centre, width, f64::from(sound.rate_hz)); 2];
        let mut heard = |sample: &f64| filters.iter_mut().fold(*sample, |value, filter| filter.next(value)).max(0.0);
        let frames = sound.samples.chunks(frame);
        frames.map(|own| (own.iter().map(&mut heard).sum::<f64>() / own.len() as f64).cbrt()).collect()
    }
}

/// A band filter of second order whose gain is 1 at its centre.
#[derive(Debug, Clone, Copy)]
struct Resonator {
    b: f64,
    a: [f64; 2],
    before: [f64; 2],
    out: [f64; 2],
}

impl Resonator {
    /// The bilinear transform of s / (s^2 + s w + c^2), with the centre where it was.
    fn new(centre_hz: f64, width_hz: f64, rate_hz: f64) -> Self {
        let angle = 2.0 * PI * centre_hz / rate_hz;
        let alpha = angle.sin() * width_hz / (2.0 * centre_hz);
        let a = [-2.0 * angle.cos() / (1.0 + alpha), (1.0 - alpha) / (1.0 + alpha)];
        Self { b: alpha / (1.0 + alpha), a, before: [0.0; 2], out: [0.0; 2] }
    }

    fn next(&mut self, value: f64) -> f64 {
        let out = self.b * (value - self.before[1]) - self.a[0] * self.out[0] - self.a[1] * self.out[1];
        self.before = [value, self.before[0]];
        self.out = [out, self.out[0]];
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BANK: Bank = Bank { bands: 24, low_hz: 100.0, high_hz: 3500.0, frame_ms: 10.0 };

    fn tone(hz: f64, rate_hz: u32) -> Sound {
        let samples = (0..rate_hz / 4).map(|t| 0.3 * (2.0 * PI * hz * f64::from(t) / f64::from(rate_hz)).sin());
        Sound { samples: samples.collect(), rate_hz }
    }

    proptest! {
        #[test]
        fn a_tone_is_loudest_in_its_own_band(band in 0_u32..24, rate_hz in prop::sample::select(vec![8000_u32, 16_000, 44_100])) {
            let rows = BANK.rows(&tone(BANK.centre_hz(band), rate_hz), Path::new("tone")).unwrap();
            let last = rows.rows().last().unwrap();
            let loudest = (0..24).max_by(|a, b| last[*a].total_cmp(&last[*b])).unwrap();
            prop_assert_eq!(loudest as u32, band);
        }

        #[test]
        fn no_bytes_panic(mut bytes in Just(wav()), at in 0_usize..60, value: u8, cut in 0_usize..100) {
            bytes[at] = value;
            bytes.truncate(bytes.len() - cut);
            let _ = read(&bytes);
        }
    }

    fn wav() -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Vec::new();
        let mut writer = hound::WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
        (0..40_i16).for_each(|value| writer.write_sample(value * 800).unwrap());
        writer.finalize().unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Sound, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, bytes).unwrap();
        Sound::read(&path)
    }

    #[test]
    fn channels_are_averaged_and_scaled() {
        let sound = read(&wav()).unwrap();
        assert_eq!((sound.rate_hz, sound.samples.len()), (8000, 20));
        assert_eq!(sound.samples[1], (1600.0 + 2400.0) / 2.0 / 32768.0);
    }

    #[test]
    fn a_bank_beyond_the_sound_is_refused() {
        for bank in [
            Bank { high_hz: 4000.0, ..BANK },
            Bank { low_hz: 0.0, ..BANK },
            Bank { bands: 0, ..BANK },
            Bank { frame_ms: 0.0, ..BANK },
        ] {
            let error = bank.rows(&tone(200.0, 8000), Path::new("tone.wav")).unwrap_err().to_string();
            assert!(error.contains("tone.wav") && error.contains("a sound of 8000 Hz"), "{error}");
        }
    }
}
