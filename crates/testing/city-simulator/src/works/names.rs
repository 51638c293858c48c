//! What simulated projects are called, kind by kind.

/// What belongs to a kind of projects: how its numbers begin, the sections of the plan whose tasks it
/// serves, the site kinds it works on, and what its projects are about.
#[derive(Debug, Clone, Copy)]
pub(super) struct KindWords {
    pub(super) prefix: &'static str,
    pub(super) sections: &'static [&'static str],
    pub(super) sites: &'static [&'static str],
    pub(super) subjects: &'static [&'static str],
}

const fn words(
    prefix: &'static str,
    sections: &'static [&'static str],
    sites: &'static [&'static str],
    subjects: &'static [&'static str],
) -> KindWords {
    KindWords {
        prefix,
        sections,
        sites,
        subjects,
    }
}

/// The words of a kind of the plan.
pub(super) fn of_kind(kind: &str) -> KindWords {
    match kind {
        "water_projects" => words(
            "W",
            &["四（一）"],
            &["sewage_plant"],
            &[
                "城镇污水处理厂提标改造工程",
                "污水收集管网工程",
                "黑臭水体综合整治工程",
                "饮用水水源地保护工程",
                "畜禽养殖粪污治理工程",
                "工业集聚区污水集中处理工程",
                "雨污分流改造工程",
            ],
        ),
        "air_projects" => words(
            "A",
            &["四（二）"],
            &["enterprise"],
            &[
                "燃煤锅炉清洁能源替代工程",
                "工业窑炉烟气治理工程",
                "挥发性有机物治理工程",
                "扬尘在线监控工程",
                "油气回收治理工程",
            ],
        ),
        "waste_projects" => words(
            "S",
            &["四（八）"],
            &["enterprise", "incinerator"],
            &[
                "生活垃圾收运体系建设工程",
                "生活垃圾无害化处理场工程",
                "工业固体废物综合利用工程",
                "餐厨废弃物处理工程",
                "建筑垃圾资源化工程",
            ],
        ),
        "ecology_projects" => words(
            "E",
            &["四（四）", "四（三）"],
            &[],
            &[
                "湿地公园建设工程",
                "农村环境连片整治工程",
                "矿山生态修复工程",
                "水土保持与河岸修复工程",
                "生态廊道建设工程",
            ],
        ),
        "metal_projects" => words(
            "M",
            &["四（五）"],
            &["enterprise"],
            &[
                "重金属污染土壤修复工程",
                "历史遗留废渣治理工程",
                "尾矿库环境整治工程",
                "涉重金属企业风险防控工程",
            ],
        ),
        "capability_projects" => words(
            "C",
            &["四（七）"],
            &["air_station", "water_station"],
            &[
                "环境监测能力标准化建设项目",
                "水质自动监测站建设项目",
                "移动执法系统建设项目",
                "环境应急装备建设项目",
                "生态环境数据平台建设项目",
            ],
        ),
        "society_projects" => words(
            "P",
            &["四（十）"],
            &[],
            &["环境宣传教育基地建设项目", "绿色社区创建项目"],
        ),
        _ => words(
            "I",
            &["四（九）"],
            &[],
            &[
                "再生资源回收体系建设项目",
                "环保产业园区建设项目",
                "环境服务示范项目",
            ],
        ),
    }
}
