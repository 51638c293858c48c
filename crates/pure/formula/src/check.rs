//! Reading a formula: parsed by CEL, then held to the part of CEL that formulas are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use cel::Env;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::parser::PrattParser;
use exact_decimal::{Decimal, Fraction};

use crate::FormulaError;
use crate::functions::{Arguments, EQUAL, FUNCTIONS, NOT_EQUAL, environment};
use crate::source::{DEEPEST, LONGEST, check_nesting, first_double, syntax_error};

/// The deepest recursion of the parser, which counts brackets and operators alike.
const DEEPEST_PARSE: u16 = 64;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(environment);

/// What a formula comes to when nothing is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormulaKind {
    /// A number.
    Number,
    /// True or false.
    Truth,
}

/// A formula that was read and found good.
#[derive(Debug, Clone)]
pub struct Formula {
    source: String,
    expression: IdedExpr,
    constants: BTreeMap<String, Fraction>,
    names: BTreeSet<String>,
    kind: FormulaKind,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`FormulaError`] says where, what is wrong and what to write instead.
    pub fn parse(source: &str) -> Result<Self, FormulaError> {
        let length = source.chars().count();
        if length > LONGEST {
            return Err(FormulaError {
                column: LONGEST + 1,
                problem: format!("the formula has {length} characters; at most {LONGEST} are read"),
                hint: "give its parts names of their own as measures".to_owned(),
            });
        }
        if source.trim().is_empty() {
            return Err(FormulaError {
                column: 1,
                problem: "the formula is empty".to_owned(),
                hint: "write for example good_days * 100 / valid_days".to_owned(),
            });
        }
        check_nesting(source)?;
        // the other parser of the crate needs 170 KB of stack for each bracket in a debug build
        let expression = PrattParser::new()
            .max_recursion_depth(DEEPEST_PARSE)
            .parse(source)
            .map_err(|errors| syntax_error(source, &errors))?;
        let mut checker = Checker {
            source,
            constants: BTreeMap::new(),
            names: BTreeSet::new(),
        };
        let (expression, kind) = checker.check(expression, 0)?;
        let (constants, names) = (checker.constants, checker.names);
        Ok(Self {
            source: source.to_owned(),
            expression,
            constants,
            names,
            kind,
        })
    }

    /// The formula as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The measures that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A number, or true or false.
    pub fn kind(&self) -> FormulaKind {
        self.kind
    }

    pub(crate) fn expression(&self) -> &IdedExpr {
        &self.expression
    }

    pub(crate) fn constant(&self, name: &str) -> Option<Fraction> {
        self.constants.get(name).copied()
    }

    #[expect(clippy::unused_self, reason = "every formula has the same one")]
    pub(crate) fn environment(&self) -> Arc<Env> {
        Arc::clone(&ENVIRONMENT)
    }
}

struct Checker<'a> {
    source: &'a str,
    constants: BTreeMap<String, Fraction>,
    names: BTreeSet<String>,
}

type Checked = Result<(IdedExpr, FormulaKind), FormulaError>;

impl Checker<'_> {
    /// A refusal at the place where `culprit` stands in the source.
    fn refuse(
        &self,
        culprit: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> FormulaError {
        let before = self
            .source
            .find(culprit)
            .and_then(|at| self.source.get(..at))
            .unwrap_or_default();
        FormulaError {
            column: before.chars().count() + 1,
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    fn constant(&mut self, id: u64, text: &str) -> Checked {
        let value = text
            .parse::<Decimal>()
            .and_then(Fraction::try_from)
            .map_err(|error| {
                self.refuse(
                    text,
                    error.to_string(),
                    "write a plain number such as decimal(\"0.85\")",
                )
            })?;
        let name = format!("@{}", self.constants.len());
        self.constants.insert(name.clone(), value);
        Ok((
            IdedExpr {
                id,
                expr: Expr::Ident(name),
            },
            FormulaKind::Number,
        ))
    }

    fn check(&mut self, expression: IdedExpr, depth: usize) -> Checked {
        let IdedExpr { id, expr } = expression;
        if depth > 2 * DEEPEST {
            return Err(self.refuse(
                "",
                "the formula is nested too deeply",
                "give its parts names of their own as measures",
            ));
        }
        match expr {
            Expr::Ident(name) => {
                self.names.insert(name.clone());
                Ok((
                    IdedExpr {
                        id,
                        expr: Expr::Ident(name),
                    },
                    FormulaKind::Number,
                ))
            }
            Expr::Literal(literal) => self.check_literal(id, &literal),
            Expr::Call(call) => self.check_call(id, call, depth + 1),
            Expr::Select(select) => Err(self.refuse(
                &format!(".{}", select.field),
                format!(
                    "`.{}` reaches into a value; measures have no parts",
                    select.field
                ),
                "name the measure with underscores, such as good_days",
            )),
            Expr::List(_) => Err(self.refuse(
                "[",
                "lists are no part of formulas",
                "write sum(a, b, c) instead of sum([a, b, c])",
            )),
            Expr::Comprehension(_) => Err(self.refuse(
                "",
                "loops are no part of formulas",
                "name a measure that counts or sums",
            )),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Err(self.refuse(
                "{",
                "this is no part of formulas",
                "use numbers, measures, operators and the functions of the language",
            )),
        }
    }

    fn check_literal(&mut self, id: u64, literal: &LiteralValue) -> Checked {
        match literal {
            LiteralValue::Int(number) => self.constant(id, &number.inner().to_string()),
            LiteralValue::Boolean(_) => Ok((
                IdedExpr {
                    id,
                    expr: Expr::Literal(literal.clone()),
                },
                FormulaKind::Truth,
            )),
            LiteralValue::Double(_) => {
                let written = first_double(self.source);
                Err(self.refuse(
                    &written,
                    format!("`{written}` is binary floating point, which is not exact"),
                    format!("write decimal(\"{written}\")"),
                ))
            }
            LiteralValue::UInt(number) => Err(self.refuse(
                &number.inner().to_string(),
                "numbers without sign are no part of formulas",
                "leave out the letter u",
            )),
            LiteralValue::String(text) => Err(self.refuse(
                text.inner(),
                "text is no part of formulas",
                "write decimal(\"0.85\") for a number; a measure's name has no quotes",
            )),
            LiteralValue::Bytes(_) | LiteralValue::Null => Err(self.refuse(
                "null",
                "this is no part of formulas",
                "use is_missing(x) or value_or(x, y) for what may be missing",
            )),
        }
    }

    fn check_call(&mut self, id: u64, call: CallExpr, depth: usize) -> Checked {
        if call.target.is_some() {
            return Err(self.refuse(
                &format!(".{}", call.func_name),
                format!("`.{}(…)` is no part of formulas", call.func_name),
                "write the function before its arguments: round(x, 1)",
            ));
        }
        let name = call.func_name;
        if name == "decimal" {
            return self.check_decimal(id, &call.args);
        }
        let (arguments, kinds) = self.check_all(call.args, depth)?;
        let (number, truth) = (FormulaKind::Number, FormulaKind::Truth);
        let made = |func_name: &str, args: Vec<IdedExpr>, kind| {
            let call = CallExpr {
                func_name: func_name.to_owned(),
                target: None,
                args,
            };
            let expr = Expr::Call(call);
            Ok((IdedExpr { id, expr }, kind))
        };
        let (wanted, gives): (&[FormulaKind], _) = match name.as_str() {
            operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE => {
                (&[number, number], number)
            }
            operators::NEGATE => (&[number], number),
            operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS => (&[number, number], truth),
            operators::EQUALS | operators::NOT_EQUALS => {
                self.check_kinds(&name, &kinds, &[number, number])?;
                let ours = if name == operators::EQUALS {
                    EQUAL
                } else {
                    NOT_EQUAL
                };
                return made(ours, arguments, truth);
            }
            operators::LOGICAL_AND | operators::LOGICAL_OR => (&[truth, truth], truth),
            operators::LOGICAL_NOT => (&[truth], truth),
            operators::CONDITIONAL => {
                let branch = kinds.get(1).copied().unwrap_or(number);
                self.check_kinds("?", &kinds, &[truth, branch, branch])?;
                return made(&name, arguments, branch);
            }
            function => return self.check_function(id, function, arguments, &kinds),
        };
        self.check_kinds(&name, &kinds, wanted)?;
        made(&name, arguments, gives)
    }

    fn check_all(
        &mut self,
        arguments: Vec<IdedExpr>,
        depth: usize,
    ) -> Result<(Vec<IdedExpr>, Vec<FormulaKind>), FormulaError> {
        let mut checked = Vec::with_capacity(arguments.len());
        let mut kinds = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let (argument, kind) = self.check(argument, depth)?;
            checked.push(argument);
            kinds.push(kind);
        }
        Ok((checked, kinds))
    }

    fn check_decimal(&mut self, id: u64, arguments: &[IdedExpr]) -> Checked {
        match arguments {
            [
                IdedExpr {
                    expr: Expr::Literal(LiteralValue::String(text)),
                    ..
                },
            ] => {
                let text = text.inner().to_owned();
                self.constant(id, &text)
            }
            _ => Err(self.refuse(
                "decimal",
                "decimal takes one number in quotes",
                "write decimal(\"0.85\")",
            )),
        }
    }

    fn check_kinds(
        &self,
        name: &str,
        kinds: &[FormulaKind],
        wanted: &[FormulaKind],
    ) -> Result<(), FormulaError> {
        if kinds == wanted {
            return Ok(());
        }
        let shown = name.trim_matches('_');
        if kinds.len() != wanted.len() {
            return Err(self.refuse(
                shown,
                format!(
                    "`{shown}` takes {} values, not {}",
                    wanted.len(),
                    kinds.len()
                ),
                "give each value it takes, separated by commas",
            ));
        }
        Err(self.refuse(
            shown,
            format!("`{shown}` mixes numbers with true or false"),
            "compare numbers first (a > b), and join truths by && and ||",
        ))
    }

    fn check_function(
        &mut self,
        id: u64,
        name: &str,
        arguments: Vec<IdedExpr>,
        kinds: &[FormulaKind],
    ) -> Checked {
        let Some(rule) = FUNCTIONS.iter().find(|rule| rule.name == name) else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|rule| rule.name).collect();
            let name = name.trim_matches(['_', '@']);
            return Err(self.refuse(
                name,
                format!("there is no function `{name}`"),
                format!("functions are decimal, {}", known.join(", ")),
            ));
        };
        let kind = if rule.gives_truth {
            FormulaKind::Truth
        } else {
            FormulaKind::Number
        };
        match rule.arguments {
            Arguments::Exactly(count) => {
                self.check_kinds(name, kinds, &vec![FormulaKind::Number; count])?;
                let expr = Expr::Call(CallExpr {
                    func_name: name.to_owned(),
                    target: None,
                    args: arguments,
                });
                Ok((IdedExpr { id, expr }, kind))
            }
            Arguments::OneOrMore => {
                let wanted = vec![FormulaKind::Number; kinds.len().max(1)];
                self.check_kinds(name, kinds, &wanted)?;
                self.folded(id, name, arguments)
            }
        }
    }

    /// `sum`, `mean`, `least` and `greatest` as a balanced tree of steps of two, so that depth
    /// grows with the logarithm of their length.
    fn folded(&mut self, id: u64, name: &str, arguments: Vec<IdedExpr>) -> Checked {
        let count = arguments.len();
        let step = match name {
            "sum" | "mean" => operators::ADD,
            other => other,
        };
        let call = |func_name: &str, args: Vec<IdedExpr>| IdedExpr {
            id,
            expr: Expr::Call(CallExpr {
                func_name: func_name.to_owned(),
                target: None,
                args,
            }),
        };
        let mut level = arguments;
        while level.len() > 1 {
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            let mut values = level.into_iter();
            while let Some(first) = values.next() {
                next.push(match values.next() {
                    Some(second) => call(step, vec![first, second]),
                    None => first,
                });
            }
            level = next;
        }
        let folded = level.pop().ok_or_else(|| {
            self.refuse(
                name,
                format!("`{name}` takes at least one value"),
                "give it one",
            )
        })?;
        if name == "mean" {
            let (divisor, _) = self.constant(id, &count.to_string())?;
            let expression = call(operators::DIVIDE, vec![folded, divisor]);
            return Ok((expression, FormulaKind::Number));
        }
        Ok((folded, FormulaKind::Number))
    }
}
