//! The main screen as it is meant to look, at three sizes; hint rows are left out (they follow the action table).

pub const WIDE: &str = r#" driftdeck  ✗ 6 broken, 1 ack  ∅ 1 missing  ⇄ 5 out of sync  ? 6 unknown  ⊘ 2 suspended  ↻ 2 progressing  ✓ 19 ok    oldest data 6m   DEMO  READ-WRITE     03:12
┌─ 1 Clusters 7 ─────────── worst first ─┐┏━ 2 Apps 41 ━ worst first ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 3 new ━┓
│    CLUSTER      ENG  BAD LINK          │┃   APP               CLUSTER    ENG  SYNC        HEALTH        REV      AGE MESSAGE                                 ┃
│  ✗ edge-syd     F    -/4 unreachable 6m│┃>+ payments          prod-eu    kust ✗ Failed    ✗ Degraded    4f2c91d  11m health check failed 2x, trying again    ┃
│  ! dev-shared   AF   1/3 forbidden (1) │┃   billing           prod-us    argo ✗ Failed    ✓ Healthy     51d0c3e  34m hook billing-migrate failed: exit 1     ┃
│  ✗ prod-us    P A    5/8 live          │┃ a redis             prod-eu    helm ✗ Failed    ✗ Degraded    18.4.1    2h 19.0.0 failed 3x, rolled back to 18.4.1 ┃
│  ✗ prod-eu    P F   4/10 live          │┃ + payments          prod-us    argo ✓ Synced    ✗ Degraded    4f2c91d   7m crash loop 7x: payments exits 1         ┃
│  ? prod-ap    P A    1/4 unmapped      │┃ + payments          prod-ap    argo ✓ Synced    ✗ Degraded    4f2c91d   7m rollout past its deadline; pods unseen  ┃
│  ⇄ hub-eu       A    1/5 live          │┃   search            prod-us    argo ✓ Synced    ✗ Degraded    4f2c91d   3h image search:9.2-rc1 not found          ┃
│  ✓ stage-eu     F    0/7 live          │┃   demo-shop         dev-shared argo ⇄ OutOfSync ∅ Missing     -         1d all 3 resources missing, auto-sync off  ┃
└────────────────────────────────────────┘┃   web               prod-us    argo ⇄ OutOfSync ✓ Healthy     9d1e07b  11m sync window closed until 06:00          ┃
┌─ 4 Repos 4 ─────────── polled <1m ago ─┐┃   orders            prod-eu    kust ⇄ OutOfSync ↻ Progressing e77a310  17m waits for payments (dependsOn)          ┃
│    REPO          HEAD    BEHIND    POLL│┃   ingress-nginx     prod-eu    helm ⇄ OutOfSync ✓ Healthy     4.11.2   26m drift: 1 Deployment; mode warn, stays   ┃
│  ✓ fleet main    4f2c91d ⇣1 1 of 4  12s│┃   orders            prod-us    argo ⇄ OutOfSync ✓ Healthy     4f2c91d  42m replicas 6, git has 3; set by kubectl   ┃
│  ✓ charts main   77b0d13 even       12s│┃   cert-manager      hub-eu     argo ⇄ OutOfSync ✓ Healthy     v1.15.3   2d 2 of 41 differ, auto-sync off           ┃
│  ✗ shop main     1c44e02 auth fail   9m│┃   sensors           edge-syd   kust ? Synced    ? Degraded    9d1e07b   6m as of 03:06:21, edge-syd unreachable    ┃
│  ✓ policies v2.3 a90f1e2 fixed tag   1m│┃   flux-system       edge-syd   kust ? Synced    ? Healthy     9d1e07b   6m as of 03:06:21, edge-syd unreachable    ┃
│                                        │┃   ingress-nginx     edge-syd   helm ? Synced    ? Healthy     4.11.2    6m as of 03:06:21, edge-syd unreachable    ┃
│  fleet main, newest first              │┃   web               edge-syd   kust ? Synced    ? Healthy     9d1e07b   6m as of 03:06:21, edge-syd unreachable    ┃
│ 4f2c91d 11m image-bot  web 3.8.0 to 3.⋯│┃   monitoring        hub-eu     argo ? Unknown   ✓ Healthy     61.2.0   48m cannot render: chart 61.3.0 not found   ┃
│ 9d1e07b 18m Dana Osei  Merge #812: pay⋯│┃   preview-812       dev-shared argo ? Unknown   ? Unknown     -         3h project dev does not allow repo shop    ┃
│ c41d8f0 19m image-bot  payments 2.13.4⋯│┃   billing           prod-eu    kust ⊘ Suspended ✓ Healthy     51d0c3e   3d by mia: database move, until Fri 09:00  ┃
│ 0b6f552 21m Lena Fuchs cost-centre on ⋯│┃   search            stage-eu   helm ⊘ Suspended ✓ Healthy     9.1.4    43d 43d, no reason, not in git              ┃
│ e77a310 41m Ravi Menon netpol: default⋯│┃   web               prod-ap    argo ↻ Syncing   ↻ Progressing 4f2c91d  40s wave 2: waiting for Deployment web      ┃
│ b58c2f4  5h Ravi Menon web: cache head⋯│┃   ledger            prod-us    argo ✓ Synced    ↻ Progressing 4f2c91d   2m rollout: 3 of 5 pods updated            ┃
│ 7c0a9e6  7h Ravi Menon Roll back #797  │┃   argocd            hub-eu     argo ✓ Synced    ✓ Healthy     4f2c91d   6d                                         ┃
│ enter  commits, clusters, apps of fleet│┃   external-secrets  hub-eu     argo ✓ Synced    ✓ Healthy     0.20.1    9d                                         ┃
└────────────────────────────────────────┘┗━ 1-24 of 41 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 17 more below, all ok ━┛
┌─ 3 payments  prod-eu  kust ─ [Why] ─ Resources 9 ─ Diff none ─ History ─ Events 14 ─ Source ─────────────────────────────────────────────────── read 1s ago ─┐
│ ✗ 4f2c91d does not start on prod-eu: new payments pods exit 1, 7 restarts in 17m. It is already live;  │ ALSO BROKEN SINCE 02:55, SAME COMMITS               │
│   3 of 4 old pods still serve. Flux still shows e77a310 because its health check has not passed.       │ ✗ payments   prod-us   argo  crash loop 7x          │
│ next  R  roll back: 3 commits touch payments since it was last healthy (e77a310, until 02:55:44)       │ ✗ payments   prod-ap   argo  past its deadline      │
│       d  what those commits changed     L  log of payments-6c9f-x2x4k     p  suspend, stops retries    │ OTHERS                                              │
│ soon  A new commit starts after this health check: by 03:14:45 (2m 5s). Nothing else holds it.         │ ⇄ orders     prod-eu   kust  waits for payments     │
│                                                                                                        │ ✓ payments   stage-eu  kust  overlay sets POOL_SIZE │
│   EVIDENCE                  VALUE                                           SOURCE               AGE   │                                                     │
│ ✗ Deployment payments       2 new pods fail, 3 of 4 old pods ready          live, prod-eu         4s   │ LATELY ON THIS APP                                  │
│ ✗ Pod payments-6c9f-x2x4k   CrashLoopBackOff, exit 1, 7 restarts            live, prod-eu         4s   │ 03:07:47 ✗ health check failed, second time         │
│ ✗ its log, last line        too many connections for role "payments"        pod log              31s   │ 03:00:47 ✗ Healthy to Degraded                      │
│ ✗ Kustomization payments    HealthCheckFailed twice; try 3 runs for 2m 55s  status                9s   │ 02:55:44 ↻ 9d1e07b fetched and applied              │
│ ✓ GitRepository fleet       has 4f2c91d, which is the head of main          status, our fetch    12s   │ 02:54:10   9d1e07b Dana Osei   Merge #812           │
│ ✓ kustomize-controller      1 of 1 ready, v1.9.4, lease renewed             Deployment, Lease     2s   │ 02:53:02   c41d8f0 image-bot   payments 2.14.0      │
│ ? workloads before 02:36    not recorded: driftdeck was not running         our ledger             -   │ 02:51:30   0b6f552 Lena Fuchs  cost-centre (#811)   │
└────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── [ ] tabs  3 focus  z zoom ─┘"#;

pub const MEDIUM: &str = r#" driftdeck  ✗ 6 broken, 1 ack  ∅ 1 missing  ⇄ 5 out of sync  ? 6 unknown  ⊘ 2  ↻ 2  ✓ 19 ok   DEMO  READ-WRITE     03:12
 ✗ edge-syd unreachable 6m  ! dev-shared forbidden (1)  ✗ prod-us 5/8  ✗ prod-eu 4/10  ? prod-ap unmapped 1/4    +2 live
┏━ 2 Apps 41 ━ worst first ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 3 new ━┓
┃   APP                 CLUSTER    ENG  SYNC        HEALTH        REV      AGE MESSAGE                                 ┃
┃>+ payments            prod-eu    kust ✗ Failed    ✗ Degraded    4f2c91d  11m health check failed 2x, trying again    ┃
┃   billing             prod-us    argo ✗ Failed    ✓ Healthy     51d0c3e  34m hook billing-migrate failed: exit 1     ┃
┃ a redis               prod-eu    helm ✗ Failed    ✗ Degraded    18.4.1    2h 19.0.0 failed 3x, rolled back to 18.4.1 ┃
┃ + payments            prod-us    argo ✓ Synced    ✗ Degraded    4f2c91d   7m crash loop 7x: payments exits 1         ┃
┃ + payments            prod-ap    argo ✓ Synced    ✗ Degraded    4f2c91d   7m rollout past its deadline; pods unseen  ┃
┃   search              prod-us    argo ✓ Synced    ✗ Degraded    4f2c91d   3h image search:9.2-rc1 not found          ┃
┃   demo-shop           dev-shared argo ⇄ OutOfSync ∅ Missing     -         1d all 3 resources missing, auto-sync off  ┃
┃   web                 prod-us    argo ⇄ OutOfSync ✓ Healthy     9d1e07b  11m sync window closed until 06:00          ┃
┃   orders              prod-eu    kust ⇄ OutOfSync ↻ Progressing e77a310  17m waits for payments (dependsOn)          ┃
┃   ingress-nginx       prod-eu    helm ⇄ OutOfSync ✓ Healthy     4.11.2   26m drift: 1 Deployment; mode warn, stays   ┃
┃   orders              prod-us    argo ⇄ OutOfSync ✓ Healthy     4f2c91d  42m replicas 6, git has 3; set by kubectl   ┃
┃   cert-manager        hub-eu     argo ⇄ OutOfSync ✓ Healthy     v1.15.3   2d 2 of 41 differ, auto-sync off           ┃
┗━ 1-12 of 41 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 29 more below: 6 unknown 2 suspended ━┛
┌─ 3 payments  prod-eu ─ [Why] ─ Resources 9 ─ Diff none ─ History ─ Events 14 ─ Source ───────────────── read 1s ago ─┐
│ ✗ 4f2c91d does not start on prod-eu: new payments pods exit 1, 7 restarts in 17m. It is already live;                │
│   3 of 4 old pods still serve. Flux still shows e77a310 because its health check has not passed.                     │
│ next  R  roll back: 3 commits touch payments since it was last healthy (e77a310, until 02:55:44)                     │
│       d  what those commits changed     L  log of payments-6c9f-x2x4k     p  suspend, stops retries                  │
│ soon  A new commit starts after this health check: by 03:14:45 (2m 5s). Nothing else holds it.                       │
│ also  ✗ payments prod-us   ✗ payments prod-ap   ⇄ orders prod-eu waits for it                                        │
│   EVIDENCE                  VALUE                                               SOURCE               AGE             │
│ ✗ Deployment payments       2 new pods fail, 3 of 4 old pods ready              live, prod-eu         4s             │
│ ✗ Pod payments-6c9f-x2x4k   CrashLoopBackOff, exit 1, 7 restarts                live, prod-eu         4s             │
│ ✗ its log, last line        too many connections for role "payments"            pod log              31s             │
│ ✗ Kustomization payments    HealthCheckFailed twice; try 3 runs for 2m 55s      status                9s             │
│ ✓ GitRepository fleet       has 4f2c91d, which is the head of main              status, our fetch    12s             │
└─────────────────────────────────────────────────────────────────────────────────────────────────────── 2 more below ─┘"#;

pub const NARROW: &str = r#" ✗ 6 broken  ∅ 1 missing  ⇄ 5 drift  ? 6 unknown  ✓ 19 ok          DEMO RW 03:12
 ✗ edge-syd unreachable 6m  ! dev-shared forbidden (1)  ✗ prod-us 5/8         +4
┏━ 2 Apps 41 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 3 new ━┓
┃   APP            CLUSTER    STATE          AGE MESSAGE                       ┃
┃>+ payments       prod-eu    ✗ Failed       11m health check failed 2x, tryin⋯┃
┃   billing        prod-us    ✗ Failed       34m hook billing-migrate failed: ⋯┃
┃ a redis          prod-eu    ✗ Failed        2h 19.0.0 failed 3x, rolled back⋯┃
┃ + payments       prod-us    ✗ Degraded      7m crash loop 7x: payments exits⋯┃
┃ + payments       prod-ap    ✗ Degraded      7m rollout past its deadline; po⋯┃
┃   search         prod-us    ✗ Degraded      3h image search:9.2-rc1 not found┃
┃   demo-shop      dev-shared ∅ Missing       1d all 3 resources missing, auto⋯┃
┃   web            prod-us    ⇄ OutOfSync    11m sync window closed until 06:00┃
┗━ 1-8 of 41 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
┌─ 3 payments  prod-eu ─ [Why] ─ Res 9 ─ Diff ─ Hist ─ Events ─ Src ────── 1s ─┐
│ ✗ 4f2c91d does not start on prod-eu: new payments pods exit 1, 7 restarts in │
│   17m. The bad version is live; 3 of 4 old pods still serve. Flux still shows│
│   e77a310 because its health check has not passed.                           │
│ next  R  roll back: 3 commits since it was last healthy (e77a310)            │
│       d  what they changed    L  log    p  suspend, stops retries            │
│ soon  A new commit starts by 03:14:45 (2m 5s), after this health check.      │
│ also  ✗ payments prod-us, prod-ap   ⇄ orders prod-eu waits for it            │
│ ✗ Deployment payments    2 new pods fail, 3 of 4 old ready   live, prod-eu 4s│
└─────────────────────────────────────────────────────────────── 6 more below ─┘"#;
