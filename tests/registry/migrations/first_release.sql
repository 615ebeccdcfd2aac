-- The board 1 closes on the day before 1 April 2100. Its name was restated, once more by a correction of the
-- merger 5 (act 4); another name was to begin later; the trust 3 goes on with the successor 2.
INSERT INTO body (id, version, key, kind, is_footprint, is_organisation, demonstration, source, file,
    dated_by_hand, opened_on, closed_on) VALUES
  ('00000000-0000-0000-0000-000000000001', 1, 'old', 'icb', true, true, false, 'x', 'x', true, '2022-07-01', '2100-03-31'),
  ('00000000-0000-0000-0000-000000000002', 1, 'new', 'icb', true, true, false, 'x', '', false, '2100-04-01', NULL),
  ('00000000-0000-0000-0000-000000000003', 1, 'trust', 'nhs_trust', false, true, false, 'x', 'x', false, NULL, NULL);
INSERT INTO body_name (id, body_id, name, valid_from, valid_to, recorded_at, superseded_at, imported, act_id)
OVERRIDING SYSTEM VALUE VALUES
  (901, '00000000-0000-0000-0000-000000000001', 'Old', NULL, '2100-03-31', '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004'),
  (902, '00000000-0000-0000-0000-000000000001', 'Old', NULL, NULL, '2027-01-01', '2027-01-02', false, '00000000-0000-0000-0000-000000000004'),
  (903, '00000000-0000-0000-0000-000000000001', 'Later', '2101-01-01', NULL, '2026-01-01', '2027-01-02', true, NULL),
  (904, '00000000-0000-0000-0000-000000000002', 'New', '2100-04-01', NULL, '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004'),
  (905, '00000000-0000-0000-0000-000000000003', 'Trust', NULL, NULL, '2026-01-01', NULL, true, NULL);
INSERT INTO boundary (id, body_id, edition, region, residents, valid_from, valid_to, recorded_at, superseded_at,
    imported, act_id)
OVERRIDING SYSTEM VALUE VALUES
  (901, '00000000-0000-0000-0000-000000000001', 'ICB2022', NULL, 9, '2022-07-01', '2100-03-31', '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004'),
  (902, '00000000-0000-0000-0000-000000000001', 'ICB2022', NULL, 9, '2022-07-01', NULL, '2027-01-01', '2027-01-02', false, '00000000-0000-0000-0000-000000000004'),
  (903, '00000000-0000-0000-0000-000000000002', 'ICB2100', NULL, 9, '2100-04-01', NULL, '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004');
INSERT INTO relation (id, from_id, to_id, kind, share, source, valid_from, valid_to, recorded_at,
    superseded_at, imported, act_id)
OVERRIDING SYSTEM VALUE VALUES
  (901, '00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001', 'member_of', NULL, 'x', NULL, '2100-03-31', '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004'),
  (902, '00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001', 'member_of', NULL, 'x', NULL, '2150-01-01', '2026-01-01', '2027-01-02', true, NULL),
  (903, '00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000002', 'member_of', NULL, 'x', '2100-04-01', NULL, '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004'),
  (904, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'succeeded_by', 1, 'x', '2100-04-01', NULL, '2027-01-02', NULL, false, '00000000-0000-0000-0000-000000000004');
INSERT INTO merger (id, version, effective_on, edition, reason, source, organisations, opened, links, written,
    earlier, declared_at, act_id) VALUES
  ('00000000-0000-0000-0000-000000000005', 1, '2100-04-01', 'ICB2100', 'why', 'where', 1,
   '[{"id": "00000000-0000-0000-0000-000000000002", "name": "New", "kind": "icb", "codes": {"ods": "N9N", "ons": null}, "region": null,
      "residents": null}]',
   '[{"predecessor": {"id": "00000000-0000-0000-0000-000000000001", "name": "Old", "kind": "icb", "codes": {"ods": "O9O", "ons": null},
       "owns_loops": true}, "successor": {"id": "00000000-0000-0000-0000-000000000002", "name": "New", "kind": "icb",
       "codes": {"ods": "N9N", "ons": null}}, "share": 1, "kind": "succeeded_by", "source": "where"}]',
   '{"closed": [{"id": "00000000-0000-0000-0000-000000000001", "dated_by_hand": true}], "brought": [{"table": "body_name", "id": 904}, {"table": "boundary", "id": 903},
      {"table": "relation", "id": 903}, {"table": "relation", "id": 904}],
      "ended": [{"table": "body_name", "id": 901, "valid_to": null},
      {"table": "boundary", "id": 901, "valid_to": null},
      {"table": "body_name", "id": 903, "gone": true},
      {"table": "relation", "id": 901, "valid_to": "2150-01-01"}]}',
   '[]', '2027-01-01', '00000000-0000-0000-0000-000000000004');
