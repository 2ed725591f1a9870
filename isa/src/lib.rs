//! What a Caudate core is told to do, before any core, neuron or network exists.
//!
//! | module | story |
//! |---|---|
//! | [`rule`] | learning rules as text (`2^-2*y0*x1 - 2^-2*x0*y1`) and the compiler that reads them |
//! | [`sum_of_products`] | what the text compiles to: the programs a learning engine executes |
//! | [`words`] | those programs as 32-bit words, the form in which a core image stores them |
//! | [`nmx`] | microcode for neurons and learning rules: instructions, words, programs |
//! | [`diagnostic`] | the one error report of the whole project: code, place, caret, way out |
//!
//! ```
//! use caudate_isa::rule::{Dialect, RuleText, compile};
//! use caudate_isa::words;
//!
//! let text = RuleText { name: "stdp", dw: Some("2^-2*y0*x1 - 2^-2*x0*y1"), dd: None, dt: None };
//! let compiled = compile(&text, Dialect::Lava).map_err(|all| all[0].clone())?;
//! assert_eq!(compiled.program.to_string(), "dw = y0*2^-2*x1 - x0*2^-2*y1");
//!
//! let words = words::encode(&compiled.program);
//! assert_eq!(words::decode(&words)?, compiled.program);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod nmx;
mod notation;
pub mod rule;
pub mod sum_of_products;
pub mod words;

pub use diagnostic::{Diagnostic, Excerpt, Place};
pub use sum_of_products::{Dependency, Factor, Product, SumOfProducts, Target, Variable};
