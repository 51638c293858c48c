//! One packet in words.

use std::io::Write;

use hj212::{Defect, Frame, Message, explain_field, explain_head};

use super::LanguageOption;

/// Writes one packet, field by field, with names, units and defects.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn explain(
    number: u64,
    frame: &Frame,
    message: &Message<'_>,
    defects: &[Defect],
    language: LanguageOption,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let verdict = if frame.is_valid() {
        language.pick("有效", "valid")
    } else {
        language.pick("无效", "not valid")
    };
    let packet = language.pick("报文", "packet");
    writeln!(
        out,
        "== {packet} {number}: {verdict}, {}",
        message.edition.name()
    )?;
    let length = language.pick("长度", "length");
    writeln!(
        out,
        "   {length:<12} {} ({})",
        frame.declared_length(),
        frame.segment().len()
    )?;
    let checksum = frame.checksum_text().unwrap_or("-");
    writeln!(
        out,
        "   {:<12} {checksum} ({:04X})",
        "CRC",
        frame.checksum_computed()
    )?;
    let flag = frame.envelope().flag;
    let head = [
        ("QN", message.qn),
        ("ST", message.st),
        ("CN", message.cn),
        ("PW", message.pw.map(|_secret| "******")),
        ("MN", message.mn),
        ("Flag", flag),
        ("PNUM", message.pnum),
        ("PNO", message.pno),
        ("RF", message.rf),
    ];
    for (name, value) in head {
        if let Some(value) = value {
            let meaning =
                explain_head(name, value).map_or("", |known| language.pick(known.zh, known.en));
            writeln!(out, "   {name:<12} {value}  {meaning}")?;
        }
    }
    let mut item = None;
    for field in &message.data_area.fields {
        let mark = if item == Some(field.item) { ' ' } else { '·' };
        item = Some(field.item);
        writeln!(
            out,
            " {mark} {:<20} {}  {}",
            field.name,
            field.value,
            meaning(field, language)
        )?;
    }
    for defect in defects {
        let told = defect.explain(language.language());
        writeln!(
            out,
            " ! {} [{}] {}; {}",
            told.place, told.code, told.what, told.advice
        )?;
    }
    writeln!(out)
}

/// What a field of the data area means: factor, statistic and unit, or the field's own name.
fn meaning(field: &hj212::Field<'_>, language: LanguageOption) -> String {
    let meaning = explain_field(field);
    let text = language.pick(&meaning.zh, &meaning.en);
    if meaning.unit.is_empty() {
        text.to_owned()
    } else {
        format!("{text} [{}]", meaning.unit)
    }
}
