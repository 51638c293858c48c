//! Inputs to begin with, made here: every command in the form of each edition.

use hj212::encode_frame;

use crate::target::Target;

/// Segments of all three editions; invented devices.
const SEGMENTS: [&str; 34] = [
    "QN=20160801085857223;ST=32;CN=1000;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&OverTime=5;ReCount=3&&",
    "QN=20160801085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=w01018&&",
    "QN=20160801085857223;ST=32;CN=1012;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=w01018;SystemTime=20160801085857&&",
    "QN=20160801085857223;ST=32;CN=1062;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&",
    "QN=20160801085857223;ST=32;CN=1072;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&NewPW=654321&&",
    "QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857;w01018-Rtd=50.1,w01018-Flag=N;w21003-Rtd=3.20,w21003-Flag=N,w21003-EFlag=A01&&",
    "QN=20160801085857223;ST=32;CN=2021;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857;SB1-RS=1;SB2-RS=0&&",
    "QN=20160801085857223;ST=32;CN=2031;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801000000;w00000-Cou=1200.5;w01018-Cou=20.1,w01018-Min=10.1,w01018-Avg=15.2,w01018-Max=20.3,w01018-Flag=N&&",
    "QN=20160801085857223;ST=32;CN=2041;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801000000;SB1-RT=12.5&&",
    "QN=20160801085857223;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20160801085000;a21026-Min=1.0,a21026-Avg=2.0,a21026-Max=3.0,a21026-ZsMin=1.1,a21026-ZsAvg=2.2,a21026-ZsMax=3.3,a21026-Flag=N&&",
    "QN=20160801085857224;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=7;PNUM=2;PNO=2;CP=&&DataTime=20160801085000;a34013-Avg=4.56,a34013-Flag=C&&",
    "QN=20160801085857223;ST=31;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&BeginTime=20160801080000;EndTime=20160801100000&&",
    "QN=20160801085857223;ST=31;CN=2081;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857;RestartTime=20160801080000&&",
    "QN=20160801085857223;ST=31;CN=3011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=a21026&&",
    "QN=20160801085857223;ST=32;CN=3015;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857;VaseNo=1&&",
    "QN=20160801085857223;ST=32;CN=3016;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=w01018;CstartTime=000000;CTime=2&&",
    "QN=20160801085857223;ST=32;CN=3019;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&PolId=w01018;w01018-SN=010000A8900016F000169DC0&&",
    "QN=20160801085857223;ST=32;CN=3020;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801062035;PolId=w01018;i11001-Info=//清洗管路//&&",
    "QN=20160801085857223;ST=32;CN=3021;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=w01018;InfoId=i13004;i13004-Info=168.0&&",
    "QN=20160801085857223;ST=91;CN=9011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&QnRtn=1&&",
    "QN=20160801085857223;ST=91;CN=9012;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&ExeRtn=1&&",
    "QN=20160801085857223;ST=91;CN=9013;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&",
    "QN=20160801085857223;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&",
    "QN=20240601085857223;ST=31;CN=1001;PW=123456;MN=;Flag=9;CP=&&i23005-Info=LOGGER1;i23006-Info=CPU1&&",
    "QN=20240601085857223;ST=31;CN=1014;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&SKCreateTime=20240601085857223;NewSK=q7Zk2Lm9Xw4Tn8Rb&&",
    "QN=20240601085857223;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;RF=1;CP=&&DataTime=20240601085857;a21026-Rtd=1.0,a21026-ZsRtd=9999.99,a21026-Flag=N&&",
    "QN=20240601085857223;ST=32;CN=2013;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20240601085857;w01018-SampleTime=20240601080000,w01018-CompleteTime=20240601083000,w01018-SampleType=1,w01018-Avg=12.0,w01018-Flag=N&&",
    "QN=20240601085857223;ST=32;CN=2062;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20240601085857;w01018-SampleRd=50.1,w01018-StandardValue=50.0,w01018-ResultType=1&&",
    "QN=20240601085857223;ST=31;CN=2111;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20240601085500;a01901-Avg=865.2&&",
    "ST=32;CN=2011;PW=123456;MN=88888880000001;CP=&&DataTime=20040516021000;B01-Rtd=36.9;011-Rtd=231.0,011-Flag=N;060-Rtd=1.803,060-Flag=N&&",
    "ST=91;CN=9011;PW=123456;MN=88888880000001;Flag=0;CP=&&QN=20040516010101001;QnRtn=1&&",
    "ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051;PNO=1;PNUM=1;&&",
    "ST=32;CN=2072;QN=20040516010101001;PW=123456;MN=88888880000001;Flag=1;CP=&&AlarmTime=20040516010101;101-Ala=1.1,AlarmType=1&&",
    "QN=20040516010101001;ST=32;CN=1022;PW=123456;MN=88888880000001;Flag=3;CP=&&101-LowValue=1.1,101-UpValue=9.9;102-LowValue=2.2,102-UpValue=8.8&&",
];

/// Whether a seed bears a command.
pub(crate) fn has_command(cn: &str) -> bool {
    let part = format!(";CN={cn};");
    SEGMENTS.iter().any(|segment| segment.contains(&part))
}

/// The inputs to begin with.
pub(crate) fn of(target: Target) -> Vec<Vec<u8>> {
    match target {
        Target::Parse => SEGMENTS
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect(),
        Target::Decode => streams(),
        Target::Parameters => vec![
            include_bytes!("../seeds/parameters.toml").to_vec(),
            b"[[override]]\ntable = \"aqi-levels\"\n".to_vec(),
        ],
    }
}

/// One packet by each of the settings, and several with something between them.
fn streams() -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for (segment, choice) in SEGMENTS.iter().zip(0_u8..) {
        let mut stream = vec![choice, choice.wrapping_mul(7)];
        stream.extend_from_slice(&encode_frame(segment.as_bytes()));
        streams.push(stream);
    }
    let glued: Vec<u8> = SEGMENTS
        .iter()
        .take(4)
        .flat_map(|segment| encode_frame(segment.as_bytes()).to_vec())
        .collect();
    for (choice, between) in [
        (0_u8, &b"\xFE\xFE"[..]),
        (1, b"2018-05-04 rx: "),
        (2, b"##12"),
    ] {
        let mut stream = vec![choice, 13];
        stream.extend_from_slice(between);
        stream.extend_from_slice(&glued);
        stream.extend_from_slice(between);
        streams.push(stream);
    }
    streams
}
