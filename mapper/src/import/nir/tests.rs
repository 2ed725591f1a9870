//! Laws of the importer.
