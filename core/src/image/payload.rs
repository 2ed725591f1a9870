//! Section payloads: the only module that knows bincode (2.0.1, standard configuration: little endian, variable-length integers).

use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No section may claim more memory than this while it is decoded.
const DECODE_LIMIT_BYTES: usize = 1 << 34;

pub(super) fn encode<T: Serialize>(value: &T, section: &str) -> Result<Vec<u8>, Error> {
    bincode::serde::encode_to_vec(value, bincode::config::standard())
        .map_err(|error| Error::Image(format!("section {section} cannot be encoded: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8], section: &str) -> Result<T, Error> {
    let config = bincode::config::standard().with_limit::<DECODE_LIMIT_BYTES>();
    let (value, read) = bincode::serde::decode_from_slice(bytes, config)
        .map_err(|error| Error::Image(format!("section {section} cannot be decoded: {error}")))?;
    if read == bytes.len() {
        Ok(value)
    } else {
        Err(Error::Image(format!("section {section} has {} bytes, its content only {read}", bytes.len())))
    }
}
