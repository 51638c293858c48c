//! The signed file: what was published is checked offline, what was changed is found.

use assessment::{SignedFile, VerificationError, load_signed_file, verify_signed_file};
use city_plan::AssessmentKind;
use serde_json::{Value, json};
use test_support::TestDatabase;

use crate::world::{accepted, other_desk, person, published};

async fn signed() -> SignedFile {
    let test = TestDatabase::sqlite().await;
    let database = test.handle();
    let desk = other_desk();
    for (measure, value) in [("good_days", "322"), ("valid_days", "365")] {
        accepted(&database, &desk.book, (measure, "990100", 2026, value)).await;
    }
    let found = published(&database, &desk, AssessmentKind::Yearly, 2026).await;
    load_signed_file(&database, &person("reader"), found.summary.new.id)
        .await
        .unwrap()
}

fn changed(file: &SignedFile, change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(&file.json).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

#[tokio::test]
async fn a_published_assessment_is_verified_without_any_server() {
    let file = signed().await;
    let verified = verify_signed_file(file.json.as_bytes(), None).unwrap();
    assert_eq!(verified.content.year, 2026);
    assert_eq!(
        verified.content.figures[0].value.unwrap().to_string(),
        "88.2"
    );
    assert_eq!(verified.digest.len(), 64);
    let same = verify_signed_file(file.json.as_bytes(), Some(&verified.public_key)).unwrap();
    assert_eq!(same, verified);
    // blanks and the order of fields are not what was signed
    let other_form = changed(&file, |_same| {});
    assert!(verify_signed_file(&other_form, None).is_ok());
}

#[tokio::test]
async fn every_kind_of_tampering_is_found() {
    let file = signed().await;
    let figure = changed(&file, |file| {
        file["content"]["figures"][0]["value"] = json!("99.9");
    });
    assert!(matches!(
        verify_signed_file(&figure, None),
        Err(VerificationError::Digest { .. })
    ));
    // with the digest made to fit, the signature does not
    let Err(VerificationError::Digest { found, .. }) = verify_signed_file(&figure, None) else {
        unreachable!("asserted above");
    };
    let fitted = changed(&file, |file| {
        file["content"]["figures"][0]["value"] = json!("99.9");
        file["digest"]["value"] = json!(found);
    });
    assert_eq!(
        verify_signed_file(&fitted, None),
        Err(VerificationError::Signature)
    );
    // another person's right signature by another key
    let stranger = signed().await;
    let stranger_key = verify_signed_file(stranger.json.as_bytes(), None)
        .unwrap()
        .public_key;
    let swapped = changed(&file, |file| {
        file["signature"]["public_key"] = json!(stranger_key);
    });
    assert_eq!(
        verify_signed_file(&swapped, None),
        Err(VerificationError::Signature)
    );
    let own_key = verify_signed_file(file.json.as_bytes(), None)
        .unwrap()
        .public_key;
    assert_eq!(
        verify_signed_file(stranger.json.as_bytes(), Some(&own_key)),
        Err(VerificationError::OtherKey {
            found: stranger_key
        })
    );
}

#[tokio::test]
async fn what_is_no_signed_file_is_refused_with_a_reason() {
    let file = signed().await;
    for (change, reason) in [
        (json!("nonsense"), "it has no /format"),
        (
            json!({ "format": "other/1", "content": {} }),
            "its format is not",
        ),
    ] {
        let bytes = serde_json::to_vec(&change).unwrap();
        let error = verify_signed_file(&bytes, None).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert!(matches!(
        verify_signed_file(b"\xff\xfe", None),
        Err(VerificationError::Unreadable { .. })
    ));
    for bad in ["", "zz", "00", &"f".repeat(128)] {
        let broken = changed(&file, |file| file["signature"]["value"] = json!(bad));
        assert_eq!(
            verify_signed_file(&broken, None),
            Err(VerificationError::Signature),
            "{bad}"
        );
    }
    // another algorithm is not taken on trust
    let other = changed(&file, |file| file["signature"]["algorithm"] = json!("none"));
    assert!(matches!(
        verify_signed_file(&other, None),
        Err(VerificationError::Unreadable { .. })
    ));
}
