//! Whether every virtual register holds a value where it is read.
//!
//! As the verifier does for r0..r15 (`verify::definedness`), and before registers are shared: afterwards a stale value would pass for
//! a written one.

use super::operand::Guard;
use super::{Builder, VirtualPredicate};
use crate::diagnostic::Diagnostic;
use crate::nmx::operand::{Code, Combine, Predicate, PredicateIndex};
use crate::nmx::slot::Slot;
use crate::nmx::table::Opcode;
use crate::nmx::verify::{Valuations, after_comparison, valuations};

impl Builder {
    pub(super) fn check_registers(
        &self,
        predicate_of: &impl Fn(VirtualPredicate) -> Option<PredicateIndex>,
    ) -> Result<(), Box<Diagnostic>> {
        let mut live: Valuations = 1;
        let mut defined = vec![0 as Valuations; self.registers];
        for (at, line) in self.lines.iter().enumerate() {
            let holds = match line.guard {
                Guard::Always => 0xff,
                Guard::If(p) => predicate_of(p).map_or(0, |p| valuations(Predicate::If(p))),
                Guard::Unless(p) => predicate_of(p).map_or(0, |p| valuations(Predicate::Unless(p))),
            };
            let chooses = line.opcode == Opcode::Sel;
            let runs = if chooses { 0xff } else { holds };
            for (slot, register) in line.registers().filter(|(slot, _)| slot.is_read()) {
                let reads = match slot {
                    Slot::A if chooses => holds,
                    Slot::B if chooses => !holds,
                    _ => runs,
                };
                if live & reads & !defined[register.0] != 0 {
                    let message = format!(
                        "line {at} ({}) reads value {}, which may not be written",
                        line.opcode.mnemonic(),
                        register.0
                    );
                    return Err(Diagnostic::new("N0503", message)
                        .help("write it before, under no guard or one that holds wherever it is read")
                        .into());
                }
            }
            for (_, register) in line.registers().filter(|(slot, _)| slot.is_written()) {
                defined[register.0] |= runs;
            }
            if line.opcode == Opcode::Xit {
                live &= !runs;
            }
            let combine = Combine::from_code(line.combine()).unwrap_or(Combine::Replace);
            if let Some(p) = line.flag().and_then(predicate_of) {
                let leads = |v: usize| if runs >> v & 1 == 1 { after_comparison(v, p, combine) } else { [v, v] };
                let reached = |from: Valuations| {
                    (0..8).filter(|v| from >> v & 1 == 1).flat_map(leads).fold(0 as Valuations, |all, v| all | 1 << v)
                };
                for mask in &mut defined {
                    *mask = !reached(live & !*mask);
                }
                live = reached(live);
            }
        }
        Ok(())
    }
}
