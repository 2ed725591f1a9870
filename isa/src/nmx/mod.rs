//! `nmx`, the microcode of neurons and learning rules: one 32-bit word per instruction, no branch, no memory access.
//!
//! A program of kind [`Kind::Neuron`] runs once per compartment and step, one of kind [`Kind::Learn`] once per synapse and epoch (or
//! event). Between runs only its declared state words live on. All arithmetic is on 32-bit signed integers and saturates; what is
//! rounded, and how, is written in the instruction.
//!
//! | module | story |
//! |---|---|
//! | [`table`] | every instruction, once: enum, operands, cost and page come from it |
//! | [`slot`] | where in a word an operand lives, and which codes are legal there |
//! | [`operand`] | what an operand can be: registers, states, parameters, specials, suffixes |
//! | [`encode`], [`decode`] | instructions to words and back; only canonical words are legal |
//! | [`state_type`] | storage widths: extend on load, saturate on store |
//! | [`lookup`] | the piecewise-linear tables of `lut` |
//! | [`program`] | words with declarations: masks, worst case, legality |
//! | [`mod@page`] | `docs/isa.md`, generated |
//! | [`ir`] | instructions before their registers are chosen, for compilers |
//! | [`mod@optimize`] | shorter programs that do the same |
//! | [`asm`], [`disasm`] | programs as text, and back |
//! | [`verify`] | what cannot go wrong when a program runs, and what may |
//! | [`explain`] | the same as a listing, line by line |
//!
//! ```
//! use caudate_isa::nmx::{Instruction, Kind};
//!
//! // @!p2 xit
//! let word = 23 << 27 | 0b110 << 24;
//! let instruction = Instruction::decode(word, Kind::Neuron)?;
//! assert_eq!(instruction.opcode().mnemonic(), "xit");
//! assert_eq!(instruction.encode(), word);
//! assert!(Instruction::decode(word | 1, Kind::Neuron).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc(hidden)]
pub mod arbitrary;
pub mod asm;
pub mod decode;
pub mod disasm;
pub mod encode;
pub mod explain;
pub mod ir;
pub mod lookup;
pub mod operand;
pub mod optimize;
pub mod page;
pub mod program;
pub mod slot;
pub mod state_type;
pub mod table;
pub mod verify;

pub use decode::DecodeError;
pub use encode::{Instruction, OperandError};
pub use lookup::{LookupTable, TableError};
pub use operand::{Kind, Predicate, PredicateIndex, Rounding, Source, Special, Target};
pub use page::page;
pub use program::{Program, ProgramError};
pub use state_type::StateType;
pub use table::{Opcode, Operation};
