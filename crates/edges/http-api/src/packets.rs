//! Raw packets: which came, explained field by field, with the evidence.

mod explained;

use access::Permission;
use axum::extract::State;
use monitoring::{
    PacketFilter, PacketId, PacketOrigin, StoredPacket, find_command, list_packets,
    load_packet_evidence,
};
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, DeviceId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use explained::{ExplainedPacket, show_text};

use crate::actor::CurrentActor;
use crate::data::read_time;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_raw_packets))
        .routes(routes!(load_raw_packet))
}

/// A packet in a list.
#[derive(Debug, Serialize, ToSchema)]
struct PacketSummary {
    id: String,
    received_at: String,
    device_id: i64,
    mn: String,
    device_name: String,
    /// Command code CN.
    command: Option<String>,
    /// The sender's network address.
    peer: String,
    /// Whether it was replayed from the quarantine.
    is_replayed: bool,
    size_bytes: usize,
    /// The frame as text, without its password.
    raw: String,
}

/// A record that a packet made.
#[derive(Debug, Serialize, ToSchema)]
struct PacketRecord {
    point_id: i64,
    point_name_zh: String,
    point_name_en: String,
    site_name_zh: String,
    site_name_en: String,
    kind: String,
    /// The moment, or the start of the period.
    time: String,
    is_late: bool,
    is_future: bool,
    is_resent: bool,
    factors: Vec<PacketFactor>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PacketFactor {
    factor_code: String,
    name_zh: String,
    name_en: String,
    value: Option<String>,
    flag: Option<String>,
}

/// What speaks for a packet: its place in the chain of all packets.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceBody {
    /// The group commit it belongs to.
    batch_id: i64,
    /// Its place in it.
    place: usize,
    /// The hash of the link before, hexadecimal (SM3): of the batch before, or in the vault of the
    /// packet before of the same MN.
    previous_hash: String,
    /// The hash of its own link.
    batch_hash: String,
    /// Whether the link follows from its content and the link before.
    is_link_whole: bool,
    /// Its place in the vault, once its day has been packed.
    vault: Option<VaultBody>,
}

/// Where a packet is in the vault.
#[derive(Debug, Serialize, ToSchema)]
struct VaultBody {
    /// The MN in whose chain it is; empty for packets that name none.
    mn: String,
    /// Its place in that chain, from 1.
    position: i64,
    /// The window of the journal with which it was packed.
    window: i64,
    /// The first batch of the window.
    first_batch_id: i64,
    /// The last batch of the window.
    last_batch_id: i64,
    /// The journal's chain at the end of the window, hexadecimal (SM3).
    journal_hash: String,
    /// The window's seal over the one before, the journal's chain and the chains of its MNs.
    seal: String,
}

/// A packet with everything about it.
#[derive(Debug, Serialize, ToSchema)]
struct PacketDetail {
    #[serde(flatten)]
    packet: PacketSummary,
    /// Each field with its meaning, and every defect.
    explained: Option<ExplainedPacket>,
    /// The records it makes by the register as it is now.
    records: Vec<PacketRecord>,
    /// What is missing in the records, and departures from the standard.
    defects: Vec<String>,
    evidence: EvidenceBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct PacketsAnswer {
    packets: Vec<PacketSummary>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct PacketAnswer {
    packet: PacketDetail,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PacketsQuery {
    /// One device.
    device: Option<i64>,
    /// The device that bears or bore this MN.
    mn: Option<String>,
    /// Command code CN.
    command: Option<String>,
    /// Received at or after.
    from: Option<String>,
    /// Received before.
    to: Option<String>,
    /// Packets at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before. A page may be short and still have a next one.
    after: Option<i64>,
}

impl PacketsQuery {
    fn to_filter(&self, state: &ApiState) -> Result<Option<PacketFilter>, ApiProblem> {
        let time = |field, text: &Option<String>| {
            text.as_deref()
                .map(|text| read_time(field, text))
                .transpose()
        };
        let directory = state.directory.current();
        let by_mn = match &self.mn {
            None => None,
            Some(mn) => match directory.devices_of_mn(mn.trim()).last() {
                Some(device) => Some(device.id.0),
                // nobody bears it: there is nothing to list
                None => return Ok(None),
            },
        };
        Ok(Some(PacketFilter {
            device_id: self.device.or(by_mn),
            command: self.command.clone(),
            from: time("from", &self.from)?,
            to: time("to", &self.to)?,
            before: self.after.map(PacketId),
            limit: usize::try_from(page_size(self.limit)).unwrap_or(1),
        }))
    }
}

fn summary(directory: &DeviceDirectory, packet: &StoredPacket) -> PacketSummary {
    let device = directory.device(DeviceId(packet.device_id));
    PacketSummary {
        id: packet.id.to_string(),
        received_at: packet.received_at.to_string(),
        device_id: packet.device_id,
        mn: device.map_or_else(String::new, |device| device.mn.to_string()),
        device_name: device.map_or_else(String::new, |device| device.name.clone()),
        command: find_command(&packet.bytes),
        peer: packet.peer.to_string(),
        is_replayed: packet.origin == PacketOrigin::Replayed,
        size_bytes: packet.bytes.len(),
        raw: show_text(&packet.bytes),
    }
}

/// Lists raw packets, newest first.
///
/// *Permissions*: `packets.read`.
#[utoipa::path(
    get,
    path = "/packets",
    tag = "packets",
    params(PacketsQuery),
    responses(
        (status = 200, body = PacketsAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_raw_packets(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<PacketsQuery>,
) -> Result<Json<PacketsAnswer>, ApiProblem> {
    actor.check(Permission::ReadPackets)?;
    let Some(filter) = query.to_filter(&state)? else {
        return Ok(Json(PacketsAnswer {
            packets: Vec::new(),
            meta: Meta::default(),
        }));
    };
    let directory = state.directory.current();
    let page = list_packets(&state.database, &directory, &actor, &filter).await?;
    Ok(Json(PacketsAnswer {
        packets: page
            .packets
            .iter()
            .map(|packet| summary(&directory, packet))
            .collect(),
        meta: Meta {
            next: page.next.map(|id| id.to_string()),
        },
    }))
}

/// Shows a raw packet: its bytes, each field explained, the records it makes, its place in the
/// chain of all packets.
///
/// *Permissions*: `packets.read`.
#[utoipa::path(
    get,
    path = "/packets/{id}",
    tag = "packets",
    responses(
        (status = 200, body = PacketAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_raw_packet(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<PacketAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let evidence = load_packet_evidence(&state.database, &directory, &actor, PacketId(id)).await?;
    let records = evidence
        .interpretation
        .records
        .iter()
        .map(|record| {
            let point = directory.point(record.point_id.into());
            let names = point.map(|point| {
                let (details, site) = (&point.details, &point.site);
                [
                    details.name_zh.clone(),
                    details.name_en.clone(),
                    site.name_zh.clone(),
                    site.name_en.clone(),
                ]
            });
            let [point_name_zh, point_name_en, site_name_zh, site_name_en] =
                names.unwrap_or_default();
            PacketRecord {
                point_id: record.point_id,
                point_name_zh,
                point_name_en,
                site_name_zh,
                site_name_en,
                kind: record.kind.as_str().to_owned(),
                time: record.time.to_string(),
                is_late: record.marks.is_late,
                is_future: record.marks.is_future,
                is_resent: record.marks.is_resent,
                factors: record
                    .payload
                    .readings()
                    .iter()
                    .map(|reading| {
                        let (name_zh, name_en) = factor_names(&reading.code);
                        PacketFactor {
                            factor_code: reading.code.to_string(),
                            name_zh,
                            name_en,
                            value: reading
                                .main_value()
                                .map(|(_field, value)| value.text().into_owned()),
                            flag: reading.flag.as_deref().map(str::to_owned),
                        }
                    })
                    .collect(),
            }
        })
        .collect();
    let packet = &evidence.packet;
    Ok(Json(PacketAnswer {
        packet: PacketDetail {
            packet: summary(&directory, packet),
            explained: ExplainedPacket::of(&packet.bytes),
            records,
            defects: evidence
                .interpretation
                .defects
                .iter()
                .map(ToString::to_string)
                .collect(),
            evidence: EvidenceBody {
                batch_id: packet.id.batch_id(),
                place: packet.id.place(),
                previous_hash: hex(&evidence.previous_hash),
                batch_hash: hex(&evidence.batch_hash),
                is_link_whole: evidence.is_link_whole,
                vault: evidence.vault.map(|place| VaultBody {
                    mn: place.mn,
                    position: place.position,
                    window: place.window,
                    first_batch_id: place.batches.0,
                    last_batch_id: place.batches.1,
                    journal_hash: hex(&place.journal_hash),
                    seal: hex(&place.seal),
                }),
            },
        },
    }))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .flatten()
        .collect()
}
