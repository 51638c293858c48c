//! How many packets a second one gateway acknowledges: a server in this process and devices in a
//! process of their own, which this one starts.
//!
//! `cargo run --release -p device-gateway --example load -- DATABASE CONNECTIONS RATE SECONDS`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a tool for measuring that may fail by panicking"
)]

use std::collections::VecDeque;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use access::Actor;
use beijing_time::{Clock, SystemClock};
use bytes::Bytes;
use commands::LiveConnections;
use database::{Database, DatabaseSettings};
use device_gateway::{Gateway, GatewayParts, GatewaySettings};
use hj212::{Edition, encode_frame};
use monitoring::{Journal, JournalSettings, Quarantine, QuarantineSettings};
use sites::{
    Channel, DeviceDetails, DeviceQuirks, DirectoryHandle, Medium, PeriodLabel, PointDetails,
    PointId, RegionDetails, SealingKey, Secrets, SiteDetails, SiteKind, Timetable, Validity,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const DEVICES: usize = 500;
const VARIANTS: usize = 16;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments[place].parse::<usize>().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments[0] == "send" {
        let address = arguments[1].parse().unwrap();
        runtime.block_on(send(address, number(2), number(3), number(4)));
    } else {
        runtime.block_on(serve(&arguments[0], number(1), number(2), number(3)));
    }
}

fn mn(device: usize) -> String {
    format!("LOAD{device:08}")
}

async fn serve(url: &str, connections: usize, rate: usize, seconds: usize) {
    let database = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    database.migrate().await.unwrap();
    create_devices(&database).await;
    let directory = DirectoryHandle::open(&database, SealingKey::from_bytes([3; 32]))
        .await
        .unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (journal, journal_task) = Journal::start(
        database.clone(),
        Arc::clone(&clock),
        JournalSettings::default(),
    );
    let (quarantine, _quarantine_task) =
        Quarantine::start(database.clone(), QuarantineSettings::default());
    let gateway = Gateway::start(GatewayParts {
        settings: GatewaySettings {
            listen: "127.0.0.1:9160".parse().unwrap(),
            ..GatewaySettings::default()
        },
        clock,
        directory,
        journal: journal.clone(),
        quarantine,
        connections: LiveConnections::new(),
        sayings: mpsc::channel(1).0,
    })
    .unwrap();
    let memory_before = read_memory_kib();
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .arg("send")
        .arg(gateway.local_addr().to_string())
        .args([connections, rate, seconds].map(|number| number.to_string()))
        .spawn()
        .unwrap();
    let mut last = (Instant::now(), 0, 0.0);
    loop {
        tokio::select! {
            _ = child.wait() => break,
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
        let (figures, cpu) = (journal.figures(), read_cpu_s());
        let elapsed = last.0.elapsed().as_secs_f64();
        println!(
            "committed {:.0}/s, {:.2} cores, commit {} ms (longest {}), batch {:.0}, waiting {}, {} KiB over start, buffered {}",
            (figures.packets - last.1) as f64 / elapsed,
            (cpu - last.2) / elapsed,
            figures.last_commit_us / 1000,
            figures.longest_commit_us / 1000,
            figures.packets as f64 / figures.commits.max(1) as f64,
            figures.waiting,
            read_memory_kib().saturating_sub(memory_before),
            gateway.buffered_bytes().0,
        );
        last = (Instant::now(), figures.packets, cpu);
    }
    gateway.stop().await;
    let figures = journal.figures();
    println!(
        "{} packets, {} bytes came, {} bytes were written",
        figures.packets, figures.bytes, figures.stored_bytes
    );
    journal_task.finish(Duration::from_secs(10)).await;
    database.close().await;
}

fn read_memory_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn read_cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

async fn create_devices(database: &Database) {
    let (clock, actor) = (SystemClock, Actor::built_in_operator());
    let region = RegionDetails {
        parent_code: None,
        name_zh: "湖南省".to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: true,
    };
    let regions = vec![("430000".parse().unwrap(), region)];
    sites::install_regions(database, &clock, &actor, regions)
        .await
        .unwrap();
    let site = SiteDetails {
        code: "S1".to_owned(),
        organisation_id: None,
        region_code: "430000".parse().unwrap(),
        kind: SiteKind::Enterprise,
        name_zh: "模拟企业".to_owned(),
        name_en: String::new(),
        address: String::new(),
        position: None,
        is_key: true,
        is_simulated: true,
    };
    let site = sites::create_site(database, &clock, &actor, site)
        .await
        .unwrap();
    let point = PointDetails {
        code: "DA001".to_owned(),
        medium: Medium::WasteGas,
        name_zh: "排口".to_owned(),
        name_en: String::new(),
        position: None,
        period_label: PeriodLabel::Start,
        timetable: Timetable {
            realtime_interval_s: Some(60),
            minute_interval_min: Some(10),
            is_hour_expected: true,
            is_day_expected: true,
        },
        is_enabled: true,
    };
    let point = sites::create_point(database, &clock, &actor, site.id, point)
        .await
        .unwrap();
    for device in 0..DEVICES {
        create_device(database, &mn(device), point.id).await;
    }
}

async fn create_device(database: &Database, mn: &str, point_id: PointId) {
    let details = DeviceDetails {
        mn: mn.to_owned(),
        name: "模拟数采仪".to_owned(),
        edition: Edition::Hj2017,
        system_type: "31".to_owned(),
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: true,
        channels: vec![Channel {
            point_id,
            factor_code: None,
            validity: Validity::ALWAYS,
        }],
    };
    sites::create_device(
        database,
        &SystemClock,
        &SealingKey::from_bytes([3; 32]),
        &Actor::built_in_operator(),
        details,
        Secrets::with_password("123456"),
    )
    .await
    .unwrap();
}

/// Real-time packets of ten factors, each different.
fn make_packets() -> Vec<Bytes> {
    let factors = [
        "a01011", "a01012", "a01013", "a01014", "a19001", "a21026", "a21002", "a34013", "a21005",
        "a00000",
    ];
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..DEVICES * VARIANTS)
        .map(|number| {
            let device = number / VARIANTS;
            let mut segment = format!(
                "QN=20261124{:09};ST=31;CN=2011;PW=123456;MN={};Flag=5;CP=&&DataTime=20261124110000",
                random() % 86_400_000,
                mn(device)
            );
            for factor in factors {
                let value = random() % 100_000;
                write!(
                    segment,
                    ";{factor}-Rtd={}.{:03},{factor}-Flag=N",
                    value / 1000,
                    value % 1000
                )
                .unwrap();
            }
            segment.push_str("&&");
            encode_frame(segment.as_bytes())
        })
        .collect()
}

#[derive(Default)]
struct Tally {
    acknowledged: AtomicU64,
    open: AtomicU64,
    latencies_us: Mutex<Vec<u32>>,
}

async fn send(address: SocketAddr, connections: usize, rate: usize, seconds: usize) {
    let packets = Arc::new(make_packets());
    let tally = Arc::new(Tally::default());
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        streams.push(TcpStream::connect(address).await.unwrap());
    }
    println!(
        "{connections} connections, {} bytes a packet",
        packets[0].len()
    );
    let start = Instant::now() + Duration::from_millis(200);
    let end = start + Duration::from_secs(seconds as u64);
    let interval = Duration::from_secs_f64(connections as f64 / rate.max(1) as f64);
    let mut tasks = Vec::new();
    for (number, stream) in streams.into_iter().enumerate() {
        let offset = interval.mul_f64(number as f64 / connections as f64);
        tasks.push(tokio::spawn(run_device(
            stream,
            Arc::clone(&packets),
            Arc::clone(&tally),
            number,
            (start + offset, end, interval),
        )));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let took = start.elapsed().as_secs_f64();
    let mut latencies = tally.latencies_us.lock().unwrap();
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share) as usize;
        latencies.get(place).copied().unwrap_or_default() / 1000
    };
    println!(
        "acknowledged {} in {took:.1} s: {:.0}/s; latency p50 {} ms, p99 {} ms, worst {} ms; sender {:.2} cores",
        tally.acknowledged.load(Ordering::Relaxed),
        tally.acknowledged.load(Ordering::Relaxed) as f64 / took,
        at(0.5),
        at(0.99),
        at(0.999_999),
        read_cpu_s() / took,
    );
}

/// Sends at its times and notes how long each acknowledgement takes; waits for the last one.
async fn run_device(
    mut stream: TcpStream,
    packets: Arc<Vec<Bytes>>,
    tally: Arc<Tally>,
    number: usize,
    (start, end, interval): (Instant, Instant, Duration),
) {
    const MOST_UNDER_WAY: usize = 64;
    tally.open.fetch_add(1, Ordering::Relaxed);
    let own = (number % DEVICES) * VARIANTS;
    let mut sent = VecDeque::new();
    let mut latencies = Vec::new();
    let mut next = start;
    let mut variant = 0;
    let mut buffer = [0_u8; 2048];
    loop {
        let may_send = next < end;
        if !may_send && sent.is_empty() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep_until(next.into()), if may_send && sent.len() < MOST_UNDER_WAY => {
                sent.push_back(Instant::now());
                stream.write_all(&packets[own + variant % VARIANTS]).await.unwrap();
                variant += 1;
                next += interval;
            }
            count = stream.read(&mut buffer) => {
                let count = count.unwrap();
                if count == 0 {
                    break;
                }
                for _ in buffer[..count].iter().filter(|byte| **byte == b'\n') {
                    let waited: Instant = sent.pop_front().unwrap();
                    latencies.push(u32::try_from(waited.elapsed().as_micros()).unwrap());
                }
            }
        }
    }
    tally
        .acknowledged
        .fetch_add(latencies.len() as u64, Ordering::Relaxed);
    tally.latencies_us.lock().unwrap().append(&mut latencies);
}
