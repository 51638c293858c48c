//! What is wrong with an account, a role or a token, in Chinese.

/// The sentence of a field error's code; none for codes without words of their own.
pub(super) fn chinese(field: &str, code: &str) -> Option<&'static str> {
    Some(match (field, code) {
        ("name", "malformed") => "2 至 40 位小写字母、数字或 . - _，以字母开头",
        ("display_name", "malformed") => "请填写 1 至 60 个字",
        ("title_zh" | "title_en", "malformed") => "请填写 1 至 40 个字",
        (_, "too_short") => "密码至少 10 位",
        (_, "too_long") => "密码最多 128 位",
        (_, "too_simple") => "须含大写字母、小写字母、数字、符号中的三种，或长度不少于 16 位",
        (_, "contains_name") => "密码不能包含用户名",
        (_, "too_common") => "该密码过于常见，容易被猜中",
        (_, "unchanged") => "新密码与原密码相同",
        (_, "unknown_role") => "所选角色不存在",
        (_, "unknown_site") => "所选站点不存在",
        (_, "no_sites") => "请至少选择一个站点",
        (_, "sites_needed") => "企业和运维单位账户只能限定到具体站点",
        (_, "duties_not_separate") => {
            "违反职责分离：账户管理与业务处置、审计与其他操作不能由同一账户承担"
        }
        (_, "own_rights") => "不能修改自己的角色、范围或状态，请由其他管理员操作",
        (_, "last_administrator") => "这是最后一个系统管理员，请先指定另一位",
        (_, "shipped") => "与内置角色重名",
        (_, "in_use") => "仍有账户使用该角色",
        (_, "empty") => "请至少选择一项权限",
        (_, "more_than_own") => "令牌的权限不能超出本人权限",
        (_, "out_of_range") => "有效期应在 366 天以内",
        ("subject", "taken") => "该统一身份已绑定其他账户",
        (_, "taken") => "该名称已被使用",
        _ => return None,
    })
}
