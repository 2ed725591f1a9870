//! The container of a core image: bytes on disk.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | magic, `CAUDATE` and a line feed |
//! | 8 | 4 | format version, little endian like every number here |
//! | 12 | 4 | fingerprint of the chip description |
//! | 16 | 24 | version of the tool that wrote the file, ASCII, padded with zeros |
//! | 40 | 4 | number of sections *n* |
//! | 44 | 16 *n* | section table: tag (4 ASCII), CRC-32 of the section (4), length (8) |
//! | 44 + 16 *n* | 4 | CRC-32 of all bytes before it |
//! | 48 + 16 *n* | | the sections, one after the other, in the order of the table; nothing follows the last |
//!
//! Sections, in this order: `HEAD` header, `CHIP` chip description as TOML text, `SYMB` symbols, `CHAN` modulator channels, `PROG`
//! microcode, `INPT` input routes, and one `CORE` per core. Payloads other than `CHIP` are bincode 2.0.1. Equal images have equal bytes.

use super::payload::{decode, encode};
use super::{ChipImage, CoreImage, Header};
use crate::chip::ChipDescription;
use crate::error::Error;
use crate::file;
use std::path::Path;

/// The first bytes of every image.
pub const MAGIC: [u8; 8] = *b"CAUDATE\n";
/// The version of the format that this build reads and writes.
pub const FORMAT_VERSION: u32 = 3;

const TOOL_VERSION_BYTES: usize = 24;
const TABLE_START: usize = 44;
const ENTRY_BYTES: usize = 16;
const SINGLE_SECTIONS: [&str; 6] = ["HEAD", "CHIP", "SYMB", "CHAN", "PROG", "INPT"];
const CORE_SECTION: &str = "CORE";

/// A section as the table lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionInfo {
    /// Its tag.
    pub tag: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its CRC-32.
    pub crc: u32,
}

impl ChipImage {
    /// The image as bytes.
    ///
    /// # Errors
    /// [`Error::Image`] if a payload cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut sections = vec![
            ("HEAD", encode(&self.header, "HEAD")?),
            ("CHIP", self.chip.to_toml().into_bytes()),
            ("SYMB", encode(&self.symbols, "SYMB")?),
            ("CHAN", encode(&self.channels, "CHAN")?),
            ("PROG", encode(&self.programs, "PROG")?),
            ("INPT", encode(&self.input_routes, "INPT")?),
        ];
        for core in &self.cores {
            sections.push((CORE_SECTION, encode(core, CORE_SECTION)?));
        }
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend(self.header.chip_fingerprint.to_le_bytes());
        let mut version = [0_u8; TOOL_VERSION_BYTES];
        for (slot, byte) in version.iter_mut().zip(self.header.tool_version.bytes()) {
            *slot = byte;
        }
        bytes.extend(version);
        bytes.extend((sections.len() as u32).to_le_bytes());
        for (tag, payload) in &sections {
            bytes.extend(tag.as_bytes());
            bytes.extend(crc32fast::hash(payload).to_le_bytes());
            bytes.extend((payload.len() as u64).to_le_bytes());
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        for (_, payload) in sections {
            bytes.extend(payload);
        }
        Ok(bytes)
    }

    /// Reads an image back, and checks that every index in it points at something.
    ///
    /// # Errors
    /// [`Error::Image`] if the bytes are no image, of another version, cut short, damaged or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (table, mut rest) = split(bytes)?;
        let mut payloads = Vec::with_capacity(table.len());
        for (index, section) in table.iter().enumerate() {
            let length =
                usize::try_from(section.bytes).ok().filter(|length| *length <= rest.len()).ok_or_else(|| {
                    Error::Image(format!(
                        "section {index} ({}) needs {} bytes, the file has {} left: it is cut short",
                        section.tag,
                        section.bytes,
                        rest.len()
                    ))
                })?;
            let (payload, after) = rest.split_at(length);
            if crc32fast::hash(payload) != section.crc {
                return Err(Error::Image(format!(
                    "section {index} ({}) is damaged: its CRC-32 is {:08x}, the table says {:08x}",
                    section.tag,
                    crc32fast::hash(payload),
                    section.crc
                )));
            }
            payloads.push(payload);
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Error::Image(format!("{} bytes follow the last section", rest.len())));
        }
        let expected = SINGLE_SECTIONS.iter().copied().chain(std::iter::repeat(CORE_SECTION));
        for (index, (section, expected)) in table.iter().zip(expected).enumerate() {
            if section.tag != expected {
                return Err(Error::Image(format!("section {index} is {:?}, expected {expected:?}", section.tag)));
            }
        }
        let [head, chip, symbols, channels, programs, inputs, cores @ ..] = payloads.as_slice() else {
            return Err(Error::Image(format!(
                "the file has {} sections; at least {} are needed",
                payloads.len(),
                SINGLE_SECTIONS.len()
            )));
        };
        let header: Header = decode(head, "HEAD")?;
        let chip_text =
            std::str::from_utf8(chip).map_err(|error| Error::Image(format!("section CHIP is no text: {error}")))?;
        let image = Self {
            header,
            chip: ChipDescription::from_toml(chip_text, "chip section")?,
            symbols: decode(symbols, "SYMB")?,
            channels: decode(channels, "CHAN")?,
            programs: decode(programs, "PROG")?,
            input_routes: decode(inputs, "INPT")?,
            cores: cores.iter().map(|core| decode::<CoreImage>(core, CORE_SECTION)).collect::<Result<_, _>>()?,
        };
        image.validate()?;
        Ok(image)
    }

    /// Writes the image to a file; the file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        file::write_atomically(path, &self.to_bytes()?)
    }

    /// Reads an image from a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Image`] (naming the file) if it is no sound image.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::from_bytes(&file::read(path)?).map_err(|error| match error {
            Error::Image(message) => Error::Image(format!("{}: {message}", path.display())),
            other => other,
        })
    }
}

/// The section table of an image, without decoding a section.
///
/// # Errors
/// [`Error::Image`] if the bytes do not begin with a sound table.
pub fn sections(bytes: &[u8]) -> Result<Vec<SectionInfo>, Error> {
    split(bytes).map(|(table, _)| table)
}

fn split(bytes: &[u8]) -> Result<(Vec<SectionInfo>, &[u8]), Error> {
    if bytes.len() < MAGIC.len() || bytes[..MAGIC.len()] != MAGIC {
        return Err(Error::Image("this is not a core image (its first bytes are not the magic number); compile a network with `caudate compile`".to_owned()));
    }
    let word =
        |offset: usize| -> Option<u32> { Some(u32::from_le_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?)) };
    let cut = || Error::Image(format!("the file is cut short: {} bytes do not hold its section table", bytes.len()));
    let version = word(8).ok_or_else(cut)?;
    if version != FORMAT_VERSION {
        let remedy = if version > FORMAT_VERSION {
            "it was written by a newer Caudate; update, or compile the network again"
        } else {
            "compile the network again"
        };
        return Err(Error::Image(format!(
            "format version {version} is not supported, this build reads version {FORMAT_VERSION}: {remedy}"
        )));
    }
    let count = word(40).ok_or_else(cut)? as usize;
    let table_end = count.checked_mul(ENTRY_BYTES).and_then(|size| size.checked_add(TABLE_START)).ok_or_else(cut)?;
    if table_end.checked_add(4).is_none_or(|end| end > bytes.len()) {
        return Err(cut());
    }
    let (front, rest) = bytes.split_at(table_end);
    let (crc, rest) = rest.split_at(4);
    if crc32fast::hash(front).to_le_bytes() != crc {
        return Err(Error::Image("the section table is damaged: its CRC-32 does not match".to_owned()));
    }
    let table = front[TABLE_START..]
        .chunks_exact(ENTRY_BYTES)
        .map(|entry| SectionInfo {
            tag: String::from_utf8_lossy(&entry[..4]).into_owned(),
            crc: u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]),
            bytes: u64::from_le_bytes([
                entry[8], entry[9], entry[10], entry[11], entry[12], entry[13], entry[14], entry[15],
            ]),
        })
        .collect();
    Ok((table, rest))
}
