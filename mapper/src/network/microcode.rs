//! Populations and learning rules that are written in microcode.

use crate::parameter::Parameter;
use caudate_core::modulator::SLOTS;
use caudate_isa::nmx::Program;

/// A population whose members run one neuron program; each member is one compartment.
///
/// A neuron of several compartments is several populations: those of its dendrites name the population that pops what they push as
/// their `parent`, and member i of each belongs to the cell of member i of the parent.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramParameters {
    /// What reports call the program.
    pub name: String,
    /// The program, of kind neuron.
    pub program: Program,
    /// Values of parameters by name, in place of those that the program declares; whole, within their types.
    pub parameters: Vec<(String, Parameter)>,
    /// State words before step 0 by name, whole, within their claimed ranges or types; those not named are 0.
    pub initial: Vec<(String, Parameter)>,
    /// The population, of equal size, whose program pops what this one pushes; `None` for somata and cells of one compartment.
    pub parent: Option<String>,
    /// The channels that m0..m3 listen to, by name.
    pub modulators: [Option<String>; SLOTS],
}

impl ProgramParameters {
    /// The program as it declares itself: no other parameters, every state word 0, no parent, no subscription.
    pub fn new(name: &str, program: Program) -> Self {
        Self {
            name: name.to_owned(),
            program,
            parameters: Vec::new(),
            initial: Vec::new(),
            parent: None,
            modulators: [const { None }; SLOTS],
        }
    }
}

/// A learning rule in microcode. Its state word `w` is the synapse's weight and `d` its stored delay; all others are kept beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleMicrocode {
    /// What reports call the program.
    pub name: String,
    /// The program, of kind learn.
    pub program: Program,
    /// Values of parameters by name, in place of those that the program declares; whole, within their types.
    pub parameters: Vec<(String, f64)>,
    /// State words of each synapse before step 0 by name, `w` and `d` excepted; whole; those not named are 0.
    pub initial: Vec<(String, f64)>,
}

impl RuleMicrocode {
    /// The state word that is the weight.
    pub const WEIGHT: &str = "w";
    /// The state word that is the stored delay.
    pub const DELAY: &str = "d";

    /// The program as it declares itself: no other parameters, every state word 0.
    pub fn new(name: &str, program: Program) -> Self {
        Self { name: name.to_owned(), program, parameters: Vec::new(), initial: Vec::new() }
    }
}
