//! The page of a bundle for people: what was received, marked and reviewed, and how to check it.

use std::fmt::Write as _;

use super::collect::Found;
use super::format::{Told, ToldFact, ToldValue};

const STYLE: &str = "body{font:15px/1.7 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;\
     max-width:1080px;margin:32px auto;padding:0 20px;color:#18211e}\
     h1{font-size:22px}h2{font-size:17px;margin-top:28px}\
     table{border-collapse:collapse;width:100%;font-size:13.5px}\
     th,td{border:1px solid #c9d1cc;padding:5px 9px;text-align:left;vertical-align:top}\
     th{background:#eef1ee}code{font-size:12.5px;word-break:break-all}\
     .lost{color:#63706a}.note{background:#fbf1da;padding:10px 14px;border-radius:6px}";

/// Writes the page.
pub(super) fn write(told: &Told, found: &Found) -> String {
    let mut out = String::from("<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">");
    // writing to a string does not fail
    let _ = write!(out, "<title>监测数据证据包</title><style>{STYLE}</style>");
    let simulated = if told.is_simulated {
        "（模拟数据）"
    } else {
        ""
    };
    let _ = write!(
        out,
        "<h1>监测数据证据包</h1><p>{} · {}（{}）{simulated}<br>{}数据，{} 至 {}<br>\
         {} 由 {} 导出，含原始报文 {} 条。</p>",
        escape(&told.site),
        escape(&told.point),
        escape(&told.point_code),
        kind_words(told.kind),
        told.from,
        told.to,
        told.made_at,
        escape(&told.made_by),
        found.packets.len(),
    );
    out.push_str(
        "<p class=\"note\">原始报文逐字节保存在 packets 文件夹，其中含设备访问密码，请按规定保管。\
         用 <code>qingshan evidence verify 文件名</code> 可脱离本平台核验：任何文件改动一个字节都会被指出。\
         核验结果中的整包摘要应与平台审计记录一致，封印应与平台报文页所示一致。</p>",
    );
    write_values(&mut out, &told.values);
    write_facts(&mut out, "企业标记", &told.marks);
    write_facts(&mut out, "审核意见", &told.reviews);
    write_limits(&mut out, told);
    write_packets(&mut out, found);
    out.push_str("</html>\n");
    out
}

fn write_values(out: &mut String, values: &[ToldValue]) {
    out.push_str(
        "<h2>监测数据</h2><table><tr><th>数据时间<th>因子<th>接收值<th>标记位<th>接收时间<th>报文\
         <th>企业标记<th>有效值</tr>",
    );
    for value in values {
        let received: Vec<String> = (value.received.iter())
            .map(|(field, text)| format!("{} {}", escape(field), escape(text)))
            .collect();
        let counts = match (value.wins, value.validity, &value.effective) {
            (false, ..) => "由其他报文取代".to_owned(),
            (_, Some("invalid"), _) => "无效".to_owned(),
            (_, Some("replaced"), Some(text)) => format!("{}（审核替代）", escape(text)),
            (_, _, Some(text)) => escape(text),
            _ => "—".to_owned(),
        };
        let _ = write!(
            out,
            "<tr{}><td>{}<td>{}<td>{}<td>{}<td>{}<td><a href=\"packets/{}.txt\">{}</a><td>{}<td>{}</tr>",
            if value.wins { "" } else { " class=\"lost\"" },
            value.time,
            escape(&value.factor_code),
            received.join("<br>"),
            escape(value.flag.as_deref().unwrap_or("—")),
            value.received_at,
            value.packet_id,
            value.packet_id,
            value.mark.unwrap_or("—"),
            counts,
        );
    }
    out.push_str("</table>");
}

fn write_facts(out: &mut String, title: &str, facts: &[ToldFact]) {
    let _ = write!(out, "<h2>{title}</h2>");
    if facts.is_empty() {
        out.push_str("<p>无。</p>");
        return;
    }
    out.push_str("<table><tr><th>时段<th>因子<th>内容<th>理由<th>作出人<th>作出时间</tr>");
    for fact in facts {
        let _ = write!(
            out,
            "<tr><td>{} 至 {}<td>{}<td>{} {}<td>{}<td>{}<td>{}</tr>",
            fact.from,
            fact.to,
            escape(fact.factor_code.as_deref().unwrap_or("全部")),
            fact.word,
            escape(fact.value.as_deref().unwrap_or_default()),
            escape(&fact.reason),
            escape(&fact.author),
            fact.at,
        );
    }
    out.push_str("</table>");
}

fn write_limits(out: &mut String, told: &Told) {
    out.push_str("<h2>当时有效的限值</h2>");
    if told.limits.is_empty() {
        out.push_str("<p>无。</p>");
        return;
    }
    out.push_str("<table><tr><th>因子<th>判定值<th>下限<th>上限<th>有效期<th>依据</tr>");
    for limit in &told.limits {
        let _ = write!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{} 至 {}<td>{} {}</tr>",
            escape(&limit.factor_code),
            limit.statistic,
            limit.lower.as_deref().unwrap_or("—"),
            limit.upper.as_deref().unwrap_or("—"),
            limit.from,
            limit.to.as_deref().unwrap_or("长期"),
            limit.origin,
            escape(&limit.basis),
        );
    }
    out.push_str("</table>");
}

fn write_packets(out: &mut String, found: &Found) {
    out.push_str(
        "<h2>原始报文与校验链</h2><table><tr><th>报文<th>接收时间<th>来源地址<th>设备时钟偏差\
         <th>证明文件<th>校验链（前 → 后）</tr>",
    );
    for entry in &found.proof.packets {
        let skew = (entry.clock_skew_ms).map_or("—".to_owned(), |skew| format!("{skew} 毫秒"));
        let link = match (&entry.chain_before, &entry.chain_after) {
            (Some(before), Some(after)) => format!("<code>{before}<br>→ {after}</code>"),
            _ => "当日报文，见证明文件".to_owned(),
        };
        let _ = write!(
            out,
            "<tr><td><a href=\"{}\">{}</a><td>{}<td>{}<td>{skew}<td>{}<td>{link}</tr>",
            entry.file,
            entry.id,
            entry.received_at,
            escape(&entry.peer),
            entry
                .proved_by
                .as_deref()
                .unwrap_or("尚未归档，须由平台出具"),
        );
    }
    out.push_str("</table>");
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "realtime" => "实时",
        "minute" => "分钟",
        "hour" => "小时",
        "day" => "日",
        other => other,
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}
