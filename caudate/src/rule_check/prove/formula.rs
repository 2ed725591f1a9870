//! One epoch as a formula of SMT-LIB in linear integers.

use super::super::subject::Subject;
use caudate_isa::nmx::operand::{Bitwise, Combine, Condition, Rounding, Source, Special, Unary};
use caudate_isa::nmx::verify::{Interval, verify_program};
use caudate_isa::nmx::{Instruction, Kind, Operation, Predicate, StateType, Target};
use std::fmt::Write;

/// A value: a number, or a term that a solver reads.
#[derive(Clone)]
enum Value {
    Number(i64),
    Term(String),
}

/// The formula of one epoch.
pub(super) struct Epoch {
    /// Declarations, definitions and what is known.
    text: String,
    registers: Vec<Value>,
    states: Vec<Value>,
    /// p0..p3 as Boolean terms.
    predicates: [String; 4],
    /// Whether the program still runs.
    alive: String,
    /// Boolean terms that hold where a result or store is clamped.
    pub(super) saturates: Vec<String>,
    /// Results known by their ranges only.
    pub(super) bounded: usize,
    symbols: usize,
    types: Vec<StateType>,
}

impl Epoch {
    /// An epoch that begins with each state in its range.
    pub(super) fn of(subject: &Subject, ranges: &[(i32, i32)]) -> Self {
        let facts = verify_program(&subject.name, &subject.program).instructions;
        let mut epoch = Self {
            text: "(set-option :produce-models true)\n(set-logic QF_LIA)\n".to_owned(),
            registers: vec![Value::Number(0); 16],
            states: vec![Value::Number(0); 16],
            predicates: ["true", "false", "false", "false"].map(str::to_owned),
            alive: "true".to_owned(),
            saturates: Vec::new(),
            bounded: 0,
            symbols: 0,
            types: subject.states.iter().map(|word| word.of).collect(),
        };
        for (index, &(low, high)) in ranges.iter().enumerate() {
            let name = format!("s{index}");
            epoch.declare(&name, low.into(), high.into());
            epoch.states[index] = Value::Term(name);
        }
        for (special, name) in Special::all(Kind::Learn) {
            if let Some(values) = special.values(Kind::Learn) {
                epoch.declare(&format!("in_{name}"), (*values.start()).into(), (*values.end()).into());
            }
        }
        for (instruction, fact) in subject.executable.instructions().iter().zip(&facts) {
            epoch.instruction(instruction, fact.result.unwrap_or(Interval::FULL), subject.executable.parameters());
        }
        for index in 0..epoch.types.len() {
            let (of, value) = (epoch.types[index], epoch.states[index].text());
            epoch.saturates.push(outside(&value, of.lowest(), of.highest()));
        }
        epoch
    }

    /// The question whether an epoch can make `broken` hold.
    pub(super) fn query(&self, broken: &str) -> String {
        let shown: Vec<String> = (0..self.types.len()).map(|index| format!("s{index}")).collect();
        format!("{}(assert {broken})\n(check-sat)\n(get-value ({}))\n", self.text, shown.join(" "))
    }

    /// A state as it is stored.
    pub(super) fn stored(&self, state: usize) -> String {
        let of = self.types[state];
        clamp(&self.states[state].text(), of.lowest().into(), of.highest().into())
    }

    fn declare(&mut self, name: &str, low: i64, high: i64) {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(self.text, "(declare-const {name} Int)");
        let _ = writeln!(self.text, "(assert (and (<= {} {name}) (<= {name} {})))", number(low), number(high));
    }

    /// A number of which only the range is known.
    fn any(&mut self, low: i64, high: i64) -> Value {
        self.symbols += 1;
        let name = format!("any{}", self.symbols);
        self.declare(&name, low, high);
        Value::Term(name)
    }

    /// The result of an instruction that is not linear.
    fn bounded(&mut self, range: Interval) -> Value {
        self.bounded += 1;
        self.any(range.low(), range.high())
    }

    fn define(&mut self, sort: &str, term: &str) -> String {
        self.symbols += 1;
        let name = format!("v{}", self.symbols);
        let _ = writeln!(self.text, "(define-fun {name} () {sort} {term})");
        name
    }

    fn get(&self, source: Source, parameters: &[i32]) -> Value {
        match source {
            Source::Register(register) => self.registers[usize::from(register.get())].clone(),
            Source::State(state) => self.states[usize::from(state.get())].clone(),
            Source::Parameter(k) => {
                Value::Number(parameters.get(usize::from(k.get())).copied().unwrap_or_default().into())
            }
            Source::Special(Special::ZERO) => Value::Number(0),
            Source::Special(Special::ONE) => Value::Number(1),
            Source::Special(special) => Value::Term(format!("in_{}", special.name(Kind::Learn).unwrap_or_default())),
        }
    }

    /// Whether an instruction takes effect.
    fn guard(&self, instruction: &Instruction) -> String {
        if instruction.is_conditional() {
            and(&self.alive, &self.predicate(instruction.predicate))
        } else {
            self.alive.clone()
        }
    }

    fn predicate(&self, predicate: Predicate) -> String {
        match predicate {
            Predicate::Always => "true".to_owned(),
            Predicate::If(p) => self.predicates[usize::from(p.get())].clone(),
            Predicate::Unless(p) => format!("(not {})", self.predicates[usize::from(p.get())]),
        }
    }

    /// Writes `value` under `guard`.
    fn set(&mut self, target: Target, value: &Value, guard: &str) {
        let old = match target {
            Target::Register(register) => &self.registers[usize::from(register.get())],
            Target::State(state) => &self.states[usize::from(state.get())],
        };
        let new = match (guard, value) {
            ("true", Value::Number(known)) => Value::Number(*known),
            ("true", Value::Term(term)) => Value::Term(term.clone()),
            _ => Value::Term(format!("(ite {guard} {} {})", value.text(), old.text())),
        };
        let new = match new {
            Value::Term(term) => Value::Term(self.define("Int", &term)),
            known => known,
        };
        match target {
            Target::Register(register) => self.registers[usize::from(register.get())] = new,
            Target::State(state) => self.states[usize::from(state.get())] = new,
        }
    }

    /// `value` clamped to 32 bits; a clamp counts as saturation.
    fn saturated(&mut self, value: Value, guard: &str) -> Value {
        let (low, high) = (i64::from(i32::MIN), i64::from(i32::MAX));
        match value {
            Value::Number(known) => Value::Number(known.clamp(low, high)),
            Value::Term(term) => {
                let term = self.define("Int", &term);
                self.saturates.push(and(guard, &outside(&term, low, high)));
                Value::Term(clamp(&term, low, high))
            }
        }
    }

    /// a * b rounded, if one of them is a number.
    fn product(&mut self, a: &Value, b: &Value, shift: u8, rm: Rounding) -> Option<Value> {
        let term = match (a, b) {
            (Value::Number(a), Value::Number(b)) => number(a * b),
            (Value::Number(k), Value::Term(term)) | (Value::Term(term), Value::Number(k)) => {
                format!("(* {} {term})", number(*k))
            }
            (Value::Term(_), Value::Term(_)) => return None,
        };
        Some(Value::Term(self.rounded(&term, shift, rm)))
    }

    fn rounded(&mut self, term: &str, shift: u8, rm: Rounding) -> String {
        if shift == 0 {
            return term.to_owned();
        }
        let x = self.define("Int", term);
        let unit = 1_i64 << shift;
        let floor = format!("(div {x} {unit})");
        let ceiling = format!("(- (div (- {x}) {unit}))");
        match rm {
            Rounding::Floor => floor,
            Rounding::Zero => format!("(ite (>= {x} 0) {floor} {ceiling})"),
            Rounding::Away => format!("(ite (>= {x} 0) {ceiling} {floor})"),
            Rounding::Nearest => {
                let (half, rest) = (unit / 2, format!("(mod {x} {unit})"));
                let up = format!("(or (> {rest} {half}) (and (= {rest} {half}) (= (mod {floor} 2) 1)))");
                format!("(ite {up} (+ {floor} 1) {floor})")
            }
            Rounding::Stochastic => {
                let draw = self.any(0, unit - 1).text();
                format!("(div (+ {x} {draw}) {unit})")
            }
        }
    }

    fn instruction(&mut self, instruction: &Instruction, range: Interval, parameters: &[i32]) {
        let guard = self.guard(instruction);
        let get = |epoch: &Self, source: Source| epoch.get(source, parameters);
        let joined =
            |operator: &str, a: &Value, b: &Value| Value::Term(format!("({operator} {} {})", a.text(), b.text()));
        let (target, value) = match instruction.operation {
            Operation::Mov { d, a } => (d, get(self, a)),
            Operation::Ldi { d, imm } => (d, Value::Number(imm.get().into())),
            Operation::Add { d, a, b } => {
                let sum = joined("+", &get(self, a), &get(self, b));
                (d, self.saturated(sum, &guard))
            }
            Operation::Addi { d, a, imm } => {
                let sum = joined("+", &get(self, a), &Value::Number(imm.get().into()));
                (d, self.saturated(sum, &guard))
            }
            Operation::Sub { d, a, b } => {
                let difference = joined("-", &get(self, a), &get(self, b));
                (d, self.saturated(difference, &guard))
            }
            Operation::Mul { rm, d, a, b, sh } => {
                let (a, b) = (get(self, a), get(self, b));
                let value = match self.product(&a, &b, sh.get(), rm) {
                    Some(product) => self.saturated(product, &guard),
                    None => self.bounded(range),
                };
                (d, value)
            }
            Operation::Mac { rm, d, a, b, sh } => {
                self.accumulate("+", rm, d, (get(self, a), get(self, b)), sh.get(), range, &guard)
            }
            Operation::Msc { rm, d, a, b, sh } => {
                self.accumulate("-", rm, d, (get(self, a), get(self, b)), sh.get(), range, &guard)
            }
            Operation::Shl { d, a, n } => {
                let shifted = joined("*", &Value::Number(1 << n.get()), &get(self, a));
                (d, self.saturated(shifted, &guard))
            }
            Operation::Shr { rm, d, a, n } => {
                let a = get(self, a).text();
                (d, Value::Term(self.rounded(&a, n.get(), rm)))
            }
            Operation::Bit { function: Bitwise::And, d, a, b } => match (get(self, a), get(self, b)) {
                (Value::Term(term), Value::Number(mask)) if mask >= 0 && (mask + 1).count_ones() == 1 => {
                    (d, Value::Term(format!("(mod {term} {})", mask + 1)))
                }
                _ => (d, self.bounded(range)),
            },
            Operation::Min { d, a, b } => (d, choice("<=", &get(self, a), &get(self, b))),
            Operation::Max { d, a, b } => (d, choice(">=", &get(self, a), &get(self, b))),
            Operation::Una { function, d, a } => {
                let a = get(self, a).text();
                let value = Value::Term(match function {
                    Unary::Negate => format!("(- {a})"),
                    Unary::Absolute => format!("(ite (>= {a} 0) {a} (- {a}))"),
                    Unary::Sign => format!("(ite (> {a} 0) 1 (ite (< {a} 0) (- 1) 0))"),
                    Unary::Not => format!("(- (- {a}) 1)"),
                });
                (d, self.saturated(value, &guard))
            }
            Operation::Sat { d, a, width } => {
                let a = get(self, a).text();
                (d, Value::Term(clamp(&a, width.lowest().into(), width.highest().into())))
            }
            Operation::Sel { d, a, b } => {
                let chosen = self.predicate(instruction.predicate);
                (d, Value::Term(format!("(ite {chosen} {} {})", get(self, a).text(), get(self, b).text())))
            }
            Operation::Cmp { condition, combine, p, a, b } => {
                let outcome = compare(condition, &get(self, a).text(), &get(self, b).text());
                let old = self.predicates[usize::from(p.get())].clone();
                let new = match combine {
                    Combine::Replace => outcome,
                    Combine::And => and(&old, &outcome),
                    Combine::Or => format!("(or {old} {outcome})"),
                };
                let new = if guard == "true" { new } else { format!("(ite {guard} {new} {old})") };
                self.predicates[usize::from(p.get())] = self.define("Bool", &new);
                return;
            }
            Operation::Bit { d, .. } | Operation::Lut { d, .. } | Operation::Rnd { d, .. } | Operation::Pop { d } => {
                (d, self.bounded(range))
            }
            Operation::Xit {} => {
                self.alive = and(&self.alive, &format!("(not {guard})"));
                return;
            }
            Operation::Nop {} | Operation::Spk { .. } | Operation::Psh { .. } => return,
        };
        self.set(target, &value, &guard);
    }

    #[expect(clippy::too_many_arguments, reason = "the operands of one instruction")]
    fn accumulate(
        &mut self,
        operator: &str,
        rm: Rounding,
        d: Target,
        (a, b): (Value, Value),
        shift: u8,
        range: Interval,
        guard: &str,
    ) -> (Target, Value) {
        let value = match self.product(&a, &b, shift, rm) {
            Some(product) => {
                let sum = format!("({operator} {} {})", self.get(d.into(), &[]).text(), product.text());
                self.saturated(Value::Term(sum), guard)
            }
            None => self.bounded(range),
        };
        (d, value)
    }
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Number(known) => number(*known),
            Self::Term(term) => term.clone(),
        }
    }
}

/// A number as SMT-LIB writes it.
fn number(value: impl Into<i64>) -> String {
    let value = value.into();
    if value < 0 { format!("(- {})", value.unsigned_abs()) } else { value.to_string() }
}

fn clamp(term: &str, low: i64, high: i64) -> String {
    let (low, high) = (number(low), number(high));
    format!("(ite (< {term} {low}) {low} (ite (> {term} {high}) {high} {term}))")
}

/// Whether `term` is below `low` or above `high`.
pub(super) fn outside(term: &str, low: impl Into<i64>, high: impl Into<i64>) -> String {
    format!("(or (< {term} {}) (> {term} {}))", number(low), number(high))
}

fn choice(relation: &str, a: &Value, b: &Value) -> Value {
    let (a, b) = (a.text(), b.text());
    Value::Term(format!("(ite ({relation} {a} {b}) {a} {b})"))
}

fn compare(condition: Condition, a: &str, b: &str) -> String {
    match condition {
        Condition::Equal => format!("(= {a} {b})"),
        Condition::NotEqual => format!("(not (= {a} {b}))"),
        Condition::Less => format!("(< {a} {b})"),
        Condition::LessOrEqual => format!("(<= {a} {b})"),
        Condition::Greater => format!("(> {a} {b})"),
        Condition::GreaterOrEqual => format!("(>= {a} {b})"),
    }
}

fn and(a: &str, b: &str) -> String {
    if a == "true" { b.to_owned() } else { format!("(and {a} {b})") }
}

/// Whether any of `terms` holds.
pub(super) fn or(terms: &[String]) -> String {
    format!("(or false {})", terms.join(" "))
}
