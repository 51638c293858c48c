//! From draft to published on both databases; who may do what; what later data does.

use std::collections::BTreeSet;

use access::{Actor, Permission, Scope};
use assessment::{
    AssessmentError, AssessmentState, NewAssessment, create_assessment, list_assessments,
    list_published, load_assessment, load_difference, load_public_key, load_published,
    load_signed_file, publish_assessment, return_assessment, review_assessment, take_figures,
    verify_signed_file,
};
use city_plan::AssessmentKind;
use database::audit;
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

use crate::world::{accepted, clock, other_desk, person, published, taken};

async fn goes_from_draft_to_published(test: TestDatabase) {
    let database = test.handle();
    let desk = other_desk();
    for (measure, value) in [("good_days", "322"), ("valid_days", "365")] {
        accepted(&database, &desk.book, (measure, "990100", 2026, value)).await;
    }
    assert_eq!(load_public_key(&database).await.unwrap(), None);
    let found = taken(&database, &desk, AssessmentKind::Yearly, 2026).await;
    let id = found.summary.new.id;
    let content = found.content.clone().unwrap();
    // 88.2 against 88.3333 from 88.0: 0.2 ÷ 0.3333 of the way
    assert_eq!(content.figures[0].status, "at_risk");
    assert_eq!(content.figures[0].score.unwrap().to_string(), "60.01");
    assert_eq!(
        content.figures[0].inputs[0]
            .report
            .as_ref()
            .unwrap()
            .evidence,
        "演示用模拟数据"
    );
    // what is not published is for nobody outside
    assert!(list_published(&database).await.unwrap().is_empty());
    assert!(matches!(
        load_published(&database, id).await,
        Err(AssessmentError::NotFound { .. })
    ));
    let clerk = person("规划科");
    let refused = review_assessment(&database, &clock(), &clerk, id, 2).await;
    assert!(matches!(refused, Err(AssessmentError::SamePerson)));
    let deputy = person("副局长");
    // who reviews has seen the newest figures
    let stale = review_assessment(&database, &clock(), &deputy, id, 1).await;
    assert!(matches!(stale, Err(AssessmentError::Stale)));
    let reviewed = review_assessment(&database, &clock(), &deputy, id, 2)
        .await
        .unwrap();
    assert_eq!(reviewed.summary.state, AssessmentState::Reviewed);
    let late = take_figures(&database, &clock(), &desk, &clerk, id).await;
    assert!(matches!(late, Err(AssessmentError::WrongState { .. })));
    let refused = publish_assessment(&database, &clock(), &desk, &clerk, (id, 3)).await;
    assert!(matches!(refused, Err(AssessmentError::SamePerson)));
    let done = publish_assessment(&database, &clock(), &desk, &deputy, (id, 3))
        .await
        .unwrap();
    assert_eq!(done.summary.state, AssessmentState::Published);
    assert_eq!(load_assessment(&database, &clerk, id).await.unwrap(), done);
    let key = load_public_key(&database).await.unwrap().unwrap();
    let file = load_signed_file(&database, &clerk, id).await.unwrap();
    let verified = verify_signed_file(file.json.as_bytes(), Some(&key)).unwrap();
    assert_eq!(verified.content, content);
    assert_eq!(Some(verified.digest), done.summary.digest);
    // a second one is signed with the same key
    let second = published(&database, &desk, AssessmentKind::Yearly, 2027).await;
    let file = load_signed_file(&database, &clerk, second.summary.new.id)
        .await
        .unwrap();
    assert!(verify_signed_file(file.json.as_bytes(), Some(&key)).is_ok());
    let newest: Vec<_> = list_assessments(&database, &clerk, (None, None, 1))
        .await
        .unwrap();
    assert_eq!(newest.len(), 1);
    let rest = list_assessments(&database, &clerk, (None, Some(newest[0].new.id), 10))
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(list_published(&database).await.unwrap().len(), 2);
    let subject = format!("assessment:{id}");
    let entries = audit::list_of_subject(&database, &subject, None, 10)
        .await
        .unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "assessment.publish",
            "assessment.review",
            "assessment.take",
            "assessment.create"
        ]
    );
}

test_on_both_databases!(from_draft_to_published, |database| {
    goes_from_draft_to_published(database)
});

async fn later_data_changes_nothing_and_is_shown(test: TestDatabase) {
    let database = test.handle();
    let desk = other_desk();
    for (measure, value) in [("good_days", "322"), ("valid_days", "365")] {
        accepted(&database, &desk.book, (measure, "990100", 2026, value)).await;
    }
    let found = published(&database, &desk, AssessmentKind::Yearly, 2026).await;
    let id = found.summary.new.id;
    let reader = person("reader");
    let none = load_difference(&database, &clock(), &desk, &reader, id)
        .await
        .unwrap();
    assert!(none.changes.is_empty());
    accepted(&database, &desk.book, ("good_days", "990100", 2026, "340")).await;
    assert_eq!(
        load_assessment(&database, &reader, id).await.unwrap(),
        found
    );
    let difference = load_difference(&database, &clock(), &desk, &reader, id)
        .await
        .unwrap();
    let [change] = difference.changes.as_slice() else {
        panic!("{difference:?}");
    };
    let shown = change.value.map(|value| value.unwrap().to_string());
    assert_eq!(shown, ["88.2", "93.2"]);
    assert_eq!(
        change.status,
        [Some("at_risk".to_owned()), Some("met".to_owned())]
    );
    assert!(!change.is_lineage_only);
    // the same value from another report is another lineage only
    accepted(&database, &desk.book, ("valid_days", "990100", 2026, "365")).await;
    accepted(&database, &desk.book, ("good_days", "990100", 2026, "322")).await;
    let difference = load_difference(&database, &clock(), &desk, &reader, id)
        .await
        .unwrap();
    assert!(difference.changes[0].is_lineage_only);
    assert_eq!(difference.score[0], difference.score[1]);
}

test_on_both_databases!(later_data, |database| {
    later_data_changes_nothing_and_is_shown(database)
});

async fn a_returned_one_is_a_draft_again_with_the_reason(test: TestDatabase) {
    let database = test.handle();
    let desk = other_desk();
    let found = taken(&database, &desk, AssessmentKind::MidTerm, 2028).await;
    let id = found.summary.new.id;
    let deputy = person("副局长");
    let empty = return_assessment(&database, &clock(), &deputy, id, "  ").await;
    assert!(matches!(
        empty,
        Err(AssessmentError::Invalid { field: "note", .. })
    ));
    let back = return_assessment(&database, &clock(), &deputy, id, "缺县级数据")
        .await
        .unwrap();
    assert_eq!(back.summary.state, AssessmentState::Draft);
    assert_eq!(back.summary.note.as_deref(), Some("缺县级数据"));
    let early = publish_assessment(&database, &clock(), &desk, &deputy, (id, 3)).await;
    assert!(matches!(early, Err(AssessmentError::WrongState { .. })));
    let again = take_figures(&database, &clock(), &desk, &person("规划科"), id)
        .await
        .unwrap();
    assert_eq!(again.summary.state, AssessmentState::Taken);
}

test_on_both_databases!(returned, |database| {
    a_returned_one_is_a_draft_again_with_the_reason(database)
});

#[tokio::test]
async fn kinds_have_their_years_and_ids_their_assessment() {
    let test = TestDatabase::sqlite().await;
    let database = test.handle();
    let desk = other_desk();
    let clerk = person("规划科");
    let new = |kind, year| NewAssessment {
        id: Uuid::now_v7(),
        kind,
        year,
    };
    for wrong in [
        new(AssessmentKind::Final, 2029),
        new(AssessmentKind::MidTerm, 2027),
        new(AssessmentKind::Yearly, 2025),
        new(AssessmentKind::Yearly, 2031),
    ] {
        let refused = create_assessment(&database, &clock(), &desk, &clerk, wrong).await;
        assert!(
            matches!(refused, Err(AssessmentError::Invalid { field: "year", .. })),
            "{wrong:?}"
        );
    }
    let right = new(AssessmentKind::Final, 2030);
    let made = create_assessment(&database, &clock(), &desk, &clerk, right)
        .await
        .unwrap();
    let again = create_assessment(&database, &clock(), &desk, &clerk, right)
        .await
        .unwrap();
    assert_eq!(made, again);
    let other = NewAssessment {
        kind: AssessmentKind::Yearly,
        ..right
    };
    let taken = create_assessment(&database, &clock(), &desk, &clerk, other).await;
    assert!(matches!(taken, Err(AssessmentError::IdTaken { .. })));
}

#[tokio::test]
async fn each_step_has_its_permission_and_is_the_whole_citys() {
    let test = TestDatabase::sqlite().await;
    let database = test.handle();
    let desk = other_desk();
    let with = |permissions: &[Permission], scope: Scope| Actor {
        name: "user:x".to_owned(),
        permissions: permissions.iter().copied().collect::<BTreeSet<_>>(),
        scope,
        address: None,
    };
    let found = taken(&database, &desk, AssessmentKind::Yearly, 2026).await;
    let (id, revision) = (found.summary.new.id, found.summary.revision);
    let all = [
        Permission::AssessPlan,
        Permission::ReviewAssessments,
        Permission::PublishAssessments,
        Permission::ReadPlan,
    ];
    let county = Scope::Region("990101".parse().unwrap());
    for actor in [
        with(&[Permission::ReadPlan], Scope::Everything),
        with(&all, county),
    ] {
        let new = NewAssessment {
            id: Uuid::now_v7(),
            kind: AssessmentKind::Yearly,
            year: 2026,
        };
        let refusals = [
            create_assessment(&database, &clock(), &desk, &actor, new)
                .await
                .map(|_| ()),
            take_figures(&database, &clock(), &desk, &actor, id)
                .await
                .map(|_| ()),
            review_assessment(&database, &clock(), &actor, id, revision)
                .await
                .map(|_| ()),
            return_assessment(&database, &clock(), &actor, id, "x")
                .await
                .map(|_| ()),
            publish_assessment(&database, &clock(), &desk, &actor, (id, revision))
                .await
                .map(|_| ()),
        ];
        for refusal in refusals {
            assert!(
                matches!(refusal, Err(AssessmentError::Refused(_))),
                "{refusal:?}"
            );
        }
    }
    let nobody = with(&[], Scope::Everything);
    let refused = load_assessment(&database, &nobody, id).await;
    assert!(matches!(refused, Err(AssessmentError::Refused(_))));
    let refused = load_signed_file(&database, &nobody, id).await;
    assert!(matches!(refused, Err(AssessmentError::Refused(_))));
}
