"""compose.yaml as the words of `docker run`: nothing of the file is left out."""

from pathlib import Path

import pytest

from demo.containers.compose import services

ROOT = Path(__file__).resolve().parents[2]
FILE = """
name: shop
services:
  api:
    build: {context: ., dockerfile: Dockerfile, target: api}
    environment: {URL: "http://db:1", KEY: "${KEY:-none}", EMPTY: "${NOTHING:-}"}
    labels: {part: api}
    logging: {driver: gcplogs, options: {gcp-project: "${PROJECT:?say which}"}}
    ports: ["127.0.0.1:8000:8080"]
    volumes: ["./a.sql:/b.sql:ro"]
    read_only: true
    tmpfs: [/tmp]
    cap_drop: [ALL]
    command: ["serve", "--loud"]
    depends_on: [db]
  db:
    image: postgres:17
"""


def test_a_service_is_started_with_all_that_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE)
    db, api = services(tmp_path / "compose.yaml", {"PROJECT": "p"})
    assert db.run_words(tmp_path)[-1] == "postgres:17"
    words = " ".join(api.run_words(tmp_path))
    assert words == (
        "run --detach --name shop-api-1 --network shop_default --network-alias api --label com.docker.compose.service=api"
        " --env URL=http://db:1 --env KEY=none --env EMPTY= --label part=api --log-driver gcplogs --log-opt gcp-project=p"
        f" --publish 127.0.0.1:8000:8080 --volume {tmp_path}/a.sql:/b.sql:ro --read-only --tmpfs /tmp --cap-drop ALL"
        " shop-api serve --loud"
    )


def test_a_variable_that_the_file_demands_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE)
    with pytest.raises(ValueError, match="PROJECT is not set: say which"):
        services(tmp_path / "compose.yaml", {})


def test_a_key_that_is_not_known_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE + "    privileged: true\n")
    with pytest.raises(ValueError, match="service db has privileged"):
        services(tmp_path / "compose.yaml", {"PROJECT": "p"})


def test_the_projects_own_file_is_understood_and_confines_what_it_builds() -> None:
    found = {one.name: one for one in services(ROOT / "compose.yaml", {"GOOGLE_CLOUD_PROJECT": "p"})}
    assert list(found).index("temporal") < list(found).index("api")
    for one in found.values():
        if one.build is not None:
            words = one.run_words(ROOT)
            assert "--read-only" in words
            assert words[words.index("--cap-drop") + 1] == "ALL"
            assert words[words.index("--security-opt") + 1] == "no-new-privileges:true"
