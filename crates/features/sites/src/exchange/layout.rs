//! The sheets and columns of the files in which sites come and go: one constant table.
//!
//! A workbook (XLSX) has one sheet of each kind, a folder or ZIP of CSV files one file of each
//! (`站点.csv` or `sites.csv`). The first row names the columns, in Chinese or by their English
//! names, in any order; columns that are left out keep what is there already or take the default.
//! Sheets that are left out change nothing.

use core::fmt;

/// One column of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The stable English name, the field's name in the API.
    pub name: &'static str,
    /// The Chinese heading.
    pub name_zh: &'static str,
    /// Whether a row without it is wrong.
    pub is_required: bool,
    /// What it holds, in Chinese; the note on the heading in the template.
    pub note_zh: &'static str,
}

impl Column {
    /// A column that every row fills.
    pub const fn required(
        name: &'static str,
        name_zh: &'static str,
        note_zh: &'static str,
    ) -> Self {
        Self {
            name,
            name_zh,
            is_required: true,
            note_zh,
        }
    }

    /// A column that may be empty or left out.
    pub const fn optional(
        name: &'static str,
        name_zh: &'static str,
        note_zh: &'static str,
    ) -> Self {
        Self {
            is_required: false,
            ..Self::required(name, name_zh, note_zh)
        }
    }

    /// Whether a heading names it: in English or Chinese, in any case, with or without a star.
    pub fn is_named(&self, heading: &str) -> bool {
        let heading = heading.trim().trim_end_matches(['*', '＊']).trim();
        self.name_zh == heading || self.name.eq_ignore_ascii_case(heading)
    }
}

use Column as C;

macro_rules! sheets {
    ($($(#[$doc:meta])* $variant:ident = $name:literal / $name_zh:literal [$($column:expr,)*])*) => {
        /// A kind of sheet, in the order in which sheets are read: each names only what earlier
        /// ones hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Sheet { $($(#[$doc])* $variant,)* }

        impl Sheet {
            /// All sheets in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable English name, also the name of its CSV file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Chinese name, which the sheet has in a workbook.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $name_zh,)* }
            }

            /// The columns in the order in which they are written.
            pub const fn columns(self) -> &'static [Column] {
                match self { $(Self::$variant => {
                    const COLUMNS: &[Column] = &[$($column,)*];
                    COLUMNS
                })* }
            }
        }
    };
}

const WHEN: &str = "2026-01-31 或 2026-01-31T08:00:00（北京时间）；空为一直";
const YES_NO: &str = "是 / 否";

sheets! {
    /// 行政区划. Key: `code`.
    Regions = "regions" / "行政区划" [
        C::required("code", "区划代码", "GB/T 2260，6、9 或 12 位"),
        C::optional("parent_code", "上级区划代码", "省级为空"),
        C::required("name_zh", "区划名称", ""),
        C::optional("name_en", "英文名称", ""),
        C::optional("longitude", "经度", "WGS-84，度"),
        C::optional("latitude", "纬度", "WGS-84，度"),
        C::optional("is_simulated", "是否模拟", YES_NO),
    ]
    /// 单位. Key: `code`.
    Organisations = "organisations" / "单位" [
        C::required("code", "单位编码", "统一社会信用代码或本局编码"),
        C::required("name_zh", "单位名称", ""),
        C::optional("name_en", "英文名称", ""),
        C::optional("kind", "单位类型", "排污单位 / 运维单位 / 管理部门 / 其他单位"),
        C::required("region_code", "行政区划代码", ""),
        C::optional("is_simulated", "是否模拟", YES_NO),
    ]
    /// 站点. Key: `code`.
    Sites = "sites" / "站点" [
        C::required("code", "站点编码", "本局编码，不重复"),
        C::required("name_zh", "站点名称", ""),
        C::optional("name_en", "英文名称", ""),
        C::required("kind", "站点类型",
            "排污企业 / 污水处理厂 / 垃圾焚烧厂 / 空气自动站 / 水质自动站 / 噪声自动站 / 施工工地 / 其他"),
        C::optional("organisation_code", "单位编码", "见“单位”表"),
        C::required("region_code", "行政区划代码", ""),
        C::optional("address", "地址", ""),
        C::optional("longitude", "经度", "WGS-84，度"),
        C::optional("latitude", "纬度", "WGS-84，度"),
        C::optional("is_key", "重点监控", YES_NO),
        C::optional("is_simulated", "是否模拟", YES_NO),
    ]
    /// 点位. Key: `site_code`, `code`.
    Points = "points" / "点位" [
        C::required("site_code", "站点编码", "见“站点”表"),
        C::required("code", "点位编码", "排口编码，如 DA001、DW001；站点内不重复"),
        C::required("name_zh", "点位名称", ""),
        C::optional("name_en", "英文名称", ""),
        C::required("medium", "监测介质",
            "废气 / 废水 / 环境空气 / 地表水 / 噪声 / 扬尘 / 地下水 / 土壤 / 挥发性有机物 / 工况用电 等"),
        C::optional("longitude", "经度", "空为站点的经度"),
        C::optional("latitude", "纬度", "空为站点的纬度"),
        C::optional("period_label", "时间标识", "时段开始 / 时段结束"),
        C::optional("realtime_interval_s", "实时间隔秒", "空为无实时数据"),
        C::optional("minute_interval_min", "分钟间隔", "空为无分钟数据"),
        C::optional("is_hour_expected", "应有小时数据", YES_NO),
        C::optional("is_day_expected", "应有日数据", YES_NO),
        C::optional("is_enabled", "启用", YES_NO),
    ]
    /// 设备. Key: `mn`, `valid_from`.
    Devices = "devices" / "设备" [
        C::required("mn", "设备MN", "数采仪唯一标识"),
        C::optional("name", "设备名称", ""),
        C::optional("password", "访问密码", "空为不变；导出时不含密码"),
        C::optional("key", "SM4密钥", "32 位十六进制；空为不变；导出时不含密钥"),
        C::optional("edition", "协议版本", "2005 / 2017 / 2025"),
        C::required("system_type", "系统编码", "ST，两位数字，如 31、32、22、21"),
        C::optional("quirks", "特殊设置", "JSON；符合标准的设备为空"),
        C::optional("valid_from", "生效时间", WHEN),
        C::optional("valid_to", "失效时间", WHEN),
        C::optional("is_enabled", "启用", YES_NO),
        C::optional("is_simulated", "是否模拟", YES_NO),
    ]
    /// 通道: which point a device's factors belong to. The rows of a device replace all its
    /// channels; a device without rows keeps its own.
    Channels = "channels" / "通道" [
        C::required("mn", "设备MN", "见“设备”表"),
        C::optional("device_valid_from", "设备生效时间", "同一 MN 有先后几台设备时填写"),
        C::required("site_code", "站点编码", ""),
        C::required("point_code", "点位编码", ""),
        C::optional("factor_code", "因子编码", "空为其余全部因子"),
        C::optional("valid_from", "生效时间", WHEN),
        C::optional("valid_to", "失效时间", WHEN),
    ]
    /// 因子. Key: `site_code`, `point_code`, `factor_code`.
    Factors = "factors" / "因子" [
        C::required("site_code", "站点编码", ""),
        C::required("point_code", "点位编码", ""),
        C::required("factor_code", "因子编码", "HJ 212，如 a21026、w01018"),
        C::optional("unit", "单位", "mg/m3、mg/L 等"),
        C::optional("decimals", "小数位数", "0 至 12"),
        C::optional("sort_order", "排序", "整数"),
        C::optional("is_expected", "应有数据", "否则缺数不计"),
    ]
    /// 限值. Key: `site_code`, `point_code`, `factor_code`, `kind`, `statistic`, `origin`,
    /// `valid_from`.
    Limits = "limits" / "限值" [
        C::required("site_code", "站点编码", ""),
        C::required("point_code", "点位编码", ""),
        C::required("factor_code", "因子编码", ""),
        C::required("kind", "数据类型", "实时 / 分钟 / 小时 / 日"),
        C::optional("statistic", "统计值",
            "实时值 / 最小值 / 平均值 / 最大值 / 累计值 / 折算平均值 / 噪声值 等；空为实时值（实时）或平均值"),
        C::optional("lower", "下限", "十进制数；低于它为超限"),
        C::optional("upper", "上限", "十进制数；高于它为超限"),
        C::optional("valid_from", "生效时间", WHEN),
        C::optional("valid_to", "失效时间", WHEN),
        C::optional("origin", "来源", "人工设定 / 排放标准 / 排污许可"),
        C::optional("basis", "依据", "标准与条款、许可证编号或理由"),
    ]
}

impl Sheet {
    /// The sheet of a name: English or Chinese, in any case.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL
            .iter()
            .copied()
            .find(|sheet| sheet.name_zh() == name || sheet.name().eq_ignore_ascii_case(name))
    }

    /// The place of a column by its heading: English or Chinese, in any case.
    pub fn find_column(self, heading: &str) -> Option<usize> {
        self.columns()
            .iter()
            .position(|column| column.is_named(heading))
    }

    /// The place of a column by its English name.
    pub(crate) fn index_of(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_leads_to_its_column_in_both_languages() {
        for sheet in Sheet::ALL.iter().copied() {
            assert_eq!(Sheet::find(sheet.name()), Some(sheet));
            assert_eq!(Sheet::find(sheet.name_zh()), Some(sheet));
            for (index, column) in sheet.columns().iter().enumerate() {
                assert_eq!(
                    sheet.find_column(column.name),
                    Some(index),
                    "{sheet} {column:?}"
                );
                assert_eq!(
                    sheet.find_column(column.name_zh),
                    Some(index),
                    "{sheet} {column:?}"
                );
                assert_eq!(
                    sheet.find_column(&format!(" {}* ", column.name_zh)),
                    Some(index)
                );
            }
        }
        assert_eq!(Sheet::find("Sheet1"), None);
        assert_eq!(Sheet::Sites.find_column("mn"), None);
    }
}
