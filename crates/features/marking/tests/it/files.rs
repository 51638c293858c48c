//! Evidence: what is taken, and who sees it.

use access::{Actor, Permission};
use marking::{MOST_FILE_BYTES, MarkingError, attach_file, list_files, load_file};
use marking::{Verdict, load_marking};
use test_support::test_on_both_databases;
use uuid::Uuid;

use crate::world::{World, trail};

const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a photograph of a pump";

test_on_both_databases!(
    evidence_is_checked_kept_and_shown_to_few,
    |database| async move {
        let world = World::build(database.handle()).await;
        let (database, clock) = (&world.database, &world.clock);
        let marking = world
            .submit(&world.enterprise, world.fault(3, 9))
            .await
            .unwrap();
        let attach = async |actor: &Actor, name: &str, bytes: &[u8]| {
            attach_file(database, clock, actor, marking.id, (name, bytes)).await
        };
        let file = attach(&world.enterprise, "a/泵.jpg", PHOTO).await.unwrap();
        assert_eq!(
            (file.name.as_str(), file.media_type.as_str()),
            ("泵.jpg", "image/jpeg")
        );
        assert_eq!(file.digest.len(), 64);
        let again = attach(&world.enterprise, "other name.jpg", PHOTO)
            .await
            .unwrap();
        assert_eq!(again, file, "the same content is kept once");
        let script = attach(&world.enterprise, "photo.jpg", b"<script>alert(1)</script>").await;
        assert!(matches!(script, Err(MarkingError::UnknownFile)));
        let mut large = PHOTO.to_vec();
        large.resize(MOST_FILE_BYTES + 1, 0);
        let large = attach(&world.enterprise, "large.jpg", &large).await;
        assert!(matches!(large, Err(MarkingError::TooLarge { .. })));
        let foreign = attach(&world.rival, "x.jpg", PHOTO).await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        for number in 1..10 {
            let bytes = [PHOTO, number.to_string().as_bytes()].concat();
            attach(&world.enterprise, "more.jpg", &bytes).await.unwrap();
        }
        let many = attach(&world.enterprise, "eleventh.jpg", &[PHOTO, b"11"].concat()).await;
        assert!(matches!(
            many,
            Err(MarkingError::Invalid { field: "file", .. })
        ));
        let kept = load_marking(database, &world.reviewer, marking.id)
            .await
            .unwrap();
        assert_eq!(kept.files, 10);
        let files = list_files(database, &world.reviewer, marking.id)
            .await
            .unwrap();
        assert_eq!(files[0], file);
        for allowed in [&world.enterprise, &world.reviewer] {
            let (found, content) = load_file(database, allowed, file.id).await.unwrap();
            assert_eq!((&found, content.as_slice()), (&file, PHOTO));
        }
        let rival = load_file(database, &world.rival, file.id).await;
        assert!(matches!(rival, Err(MarkingError::NotFound { .. })));
        assert!(
            list_files(database, &world.rival, marking.id)
                .await
                .is_err()
        );
        let consumer = Actor {
            permissions: [Permission::ReadData, Permission::ExportData].into(),
            ..world.reviewer.clone()
        };
        let consumer = load_file(database, &consumer, file.id).await;
        assert!(matches!(consumer, Err(MarkingError::Refused(_))));
        let missing = load_file(database, &world.reviewer, Uuid::now_v7()).await;
        assert!(matches!(missing, Err(MarkingError::NotFound { .. })));
        world
            .review(&world.reviewer, &kept, Verdict::Accept)
            .await
            .unwrap();
        let late = attach(&world.enterprise, "late.jpg", &[PHOTO, b"late"].concat()).await;
        assert!(matches!(late, Err(MarkingError::WrongState { .. })));
        let trail = trail(database, &format!("marking:{}", marking.id)).await;
        let attached = trail.iter().filter(|action| *action == "marking.attach");
        assert_eq!(attached.count(), 10);
    }
);
