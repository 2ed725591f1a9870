//! Learning programs in an image: as the words of the instruction set.

use caudate_isa::sum_of_products::SumOfProducts;
use caudate_isa::words;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer>(program: &SumOfProducts, serializer: S) -> Result<S::Ok, S::Error> {
    words::encode(program).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SumOfProducts, D::Error> {
    words::decode(&Vec::<u32>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
