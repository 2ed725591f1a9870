//! Events of a sensor: `.bs2` files of N-MNIST, and CSV.

use super::{Spikes, refuse, unpacked};
use crate::error::Error;
use std::path::Path;

/// A pixel became brighter or darker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Microseconds from the begin of the recording.
    pub time_us: u64,
    /// Column, from 0.
    pub x: u32,
    /// Row, from 0.
    pub y: u32,
    /// Whether it became brighter.
    pub is_on: bool,
}

/// What becomes of the polarity of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// Two members for each pixel: off, then on.
    Apart,
    /// One member for each pixel.
    Merged,
}

/// How events become spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensor {
    /// Columns and rows of pixels, at least 1.
    pub size: (u32, u32),
    /// Microseconds of a step, at least 1.
    pub step_us: u64,
    /// What becomes of polarity.
    pub polarity: Polarity,
    /// Steps of a recording, in which later events are lost; `None`: as many as the last event needs.
    pub window_steps: Option<u64>,
}

/// Reads a recording: `.bs2` by its name, anything else as CSV with a row `time_us,x,y,polarity` for each event (polarity 0 or 1, or -1 or 1).
/// Empty rows, rows that begin with `#` and a first row of names are skipped.
///
/// # Errors
/// [`Error::Invalid`] with the row that is no event.
pub fn read_events(path: &Path) -> Result<Vec<Event>, Error> {
    let bytes = unpacked(path)?;
    if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("bs2")) {
        return bs2(&bytes).map_err(|message| refuse(path, message, "an event takes 5 bytes: x, y, polarity and time"));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| refuse(path, format!("it is no text: {error}"), "name a CSV or .bs2 file"))?;
    let rows = text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty() && !row.starts_with('#'));
    let mut events = Vec::new();
    for (place, (index, row)) in rows.enumerate() {
        match event(row) {
            Some(event) => events.push(event),
            None if place == 0 && row.chars().any(char::is_alphabetic) => {}
            None => {
                let message = format!("line {}, '{row}', is no event", index + 1);
                return Err(refuse(path, message, "write time_us,x,y,polarity in whole numbers, polarity 0, 1 or -1"));
            }
        }
    }
    Ok(events)
}

fn event(row: &str) -> Option<Event> {
    let fields: Vec<&str> = row.split(',').map(str::trim).collect();
    let [time, x, y, polarity] = fields.as_slice() else { return None };
    let is_on = match polarity.parse().ok()? {
        1 => true,
        0 | -1 => false,
        _ => return None,
    };
    Some(Event { time_us: time.parse().ok()?, x: x.parse().ok()?, y: y.parse().ok()?, is_on })
}

/// Events of 5 bytes: x, y, one bit of polarity and 23 bits of microseconds, the highest first.
fn bs2(bytes: &[u8]) -> Result<Vec<Event>, String> {
    if !bytes.len().is_multiple_of(5) {
        return Err(format!("it has {} bytes, which is no multiple of 5", bytes.len()));
    }
    let event = |own: &[u8]| {
        let low = u64::from(own[2] & 0x7F) << 16 | u64::from(own[3]) << 8 | u64::from(own[4]);
        Event { time_us: low, x: own[0].into(), y: own[1].into(), is_on: own[2] & 0x80 != 0 }
    };
    Ok(bytes.chunks_exact(5).map(event).collect())
}

impl Sensor {
    /// Spikes of the pixels, row by row; `origin` names the events in errors.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an event beside the sensor, and a sensor that is too large.
    pub fn spikes(&self, events: &[Event], origin: &Path) -> Result<Spikes, Error> {
        let (width, height) = self.size;
        let per_pixel = match self.polarity {
            Polarity::Apart => 2,
            Polarity::Merged => 1,
        };
        let Some(members) = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(per_pixel)) else {
            let message = format!("{width} x {height} pixels are more members than 2^32");
            return Err(refuse(origin, message, "give the size of the sensor"));
        };
        if let Some(event) = events.iter().find(|event| event.x >= width || event.y >= height) {
            let message = format!("an event at {} us is at x {}, y {}", event.time_us, event.x, event.y);
            return Err(refuse(origin, message, format!("the sensor has {width} x {height} pixels; give its --size")));
        }
        let step = |event: &Event| event.time_us / self.step_us.max(1);
        let steps = self.window_steps.unwrap_or_else(|| events.iter().map(step).max().unwrap_or(0) + 1);
        let kept = events.iter().filter(|event| step(event) < steps);
        let member = |event: &Event| (event.y * width + event.x) * per_pixel + (per_pixel - 1) * u32::from(event.is_on);
        let mut spikes: Vec<(u64, u32)> = kept.map(|event| (step(event), member(event))).collect();
        let lost = (events.len() - spikes.len()) as u64;
        spikes.sort_unstable();
        // A member spikes at most once in a step: what happens again in it says nothing new.
        spikes.dedup();
        Ok(Spikes { spikes, members, steps, lost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read_events(&path)
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = (0_u64..1 << 23, 0_u32..34, 0_u32..34, any::<bool>());
        prop::collection::vec(event.prop_map(|(time_us, x, y, is_on)| Event { time_us, x, y, is_on }), 0..50)
    }

    proptest! {
        #[test]
        fn both_formats_give_the_events_that_were_written(events in events()) {
            let packed: Vec<u8> = events
                .iter()
                .flat_map(|own| {
                    let word = own.time_us as u32 | u32::from(own.is_on) << 23;
                    [own.x as u8, own.y as u8, (word >> 16) as u8, (word >> 8) as u8, word as u8]
                })
                .collect();
            prop_assert_eq!(&read("a.bs2", &packed).unwrap(), &events);
            let rows: String = events
                .iter()
                .map(|own| format!("{},{},{},{}\n", own.time_us, own.x, own.y, u8::from(own.is_on)))
                .collect();
            prop_assert_eq!(&read("a.csv", format!("t,x,y,p\n# made up\n{rows}").as_bytes()).unwrap(), &events);
        }

        /// Every event is a spike of its pixel in its step, and every spike comes from an event.
        #[test]
        fn spikes_are_where_and_when_events_are(events in events(), step_us in 1_u64..100_000, merged in any::<bool>()) {
            let polarity = if merged { Polarity::Merged } else { Polarity::Apart };
            let sensor = Sensor { size: (34, 34), step_us, polarity, window_steps: None };
            let spikes = sensor.spikes(&events, Path::new("events")).unwrap();
            let mut expected: Vec<(u64, u32)> = events
                .iter()
                .map(|own| {
                    let pixel = own.y * 34 + own.x;
                    (own.time_us / step_us, if merged { pixel } else { 2 * pixel + u32::from(own.is_on) })
                })
                .collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(spikes.spikes, expected);
            prop_assert_eq!(spikes.lost, 0);
        }
    }

    #[test]
    fn what_is_no_event_is_refused_by_line() {
        for (name, text, said) in [
            ("a.csv", "t,x,y,p\n1,2,3,1\n1,2,3\n", "line 3, '1,2,3'"),
            ("a.csv", "1,2,3,2\n", "line 1"),
            ("a.csv", "1,-2,3,1\n", "line 1"),
            ("a.bs2", "1234", "4 bytes, which is no multiple of 5"),
        ] {
            assert!(read(name, text.as_bytes()).unwrap_err().to_string().contains(said), "{name} {text}");
        }
        let sensor = Sensor { size: (3, 3), step_us: 10, polarity: Polarity::Apart, window_steps: Some(2) };
        let event = Event { time_us: 5, x: 3, y: 0, is_on: true };
        assert!(sensor.spikes(&[event], Path::new("a")).unwrap_err().to_string().contains("x 3, y 0"));
        let late = Event { time_us: 20, x: 2, y: 0, is_on: true };
        assert_eq!(sensor.spikes(&[late], Path::new("a")).unwrap().lost, 1);
    }
}
