"""What has to be there before the processes start: secrets, databases, the shop's words, a trained model."""

import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.bootstrap import PROJECT, Services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import is_seeded, seed
from bot.commerce.demo_people import list_demo_people
from bot.decision.demo_consents import seed_consents
from bot.errors import FixConfiguration
from bot.profile.store.migrate import migrate
from bot.profile.tombstones import require_keys

VAR = PROJECT / "var"
MODEL = VAR / "models" / "prevenant.tar.gz"
RASA_PYTHON = PROJECT / ".venv-rasa" / "bin" / "python"
_SECRETS = ("SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")
_TRAINED_ON = (
    "config.yml", "domain.yml", "data/nlu/**/*.yml", "data/rules/**/*.yml", "data/stories/**/*.yml",
    "data/responses/**/*.yml", "bot/dialogue/nlu/**/*.py", "bot/dialogue/policies/**/*.py", "requirements/rasa.txt",
)
_RASA_ENV = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_WAIT_POLICY": "PASSIVE",  # its threads would spin: on a busy machine an encoding took fifty times as long
    "PYTHONWARNINGS": "ignore",  # Rasa's age speaks through every library that it pins
}


def complete_environment(environ: Mapping[str, str], path: Path = VAR / "demo.env") -> dict[str, str]:
    """The environment with a secret for each that it does not set: random ones, kept for the next start.

    Outside the demo nothing is made up. Writes the file on the first start, for this user's eyes only.
    """
    if environ.get("PREVENANT_MODE", "demo") != "demo":
        return dict(environ)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"PREVENANT_{name}={secrets.token_urlsafe(32)}\n" for name in _SECRETS]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {**kept, **environ}


def prepare_data(services: Services) -> None:
    """Bring the store up to date; in the demo fill the shop, and give its customers their pasts. Writes."""
    migrate(services.store)
    with services.store.read() as connection:
        require_keys(connection)
    if services.settings.shop == "demo" and (services.settings.is_demo or isinstance(services.commerce, DemoEngine)):
        shop, now = PROJECT / "data" / "shops" / "demo", services.clock()
        if isinstance(services.commerce, DemoEngine):
            services.commerce.database.create()  # what a newer version adds
            if not is_seeded(services.commerce):
                seed(services.commerce, shop, now)
        accounts = {each.id: str(each.ref) for each in list_demo_people(services.commerce, shop)}
        seed_consents(services.store, shop, now=now, salt=services.settings.holdout_salt, accounts=accounts)


def export_vocabulary(services: Services, path: Path) -> None:
    """The words of the shop's catalogue, for Rasa, which reads them at start and when they change. Writes."""
    text = json.dumps(services.commerce.vocabulary(), ensure_ascii=False, indent=1, sort_keys=True)
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)


def is_model_current(model: Path = MODEL) -> bool:
    """Whether the model was trained on what the files say now."""
    stamp = _stamp(model)
    return model.is_file() and stamp.is_file() and stamp.read_text() == _digest_inputs()


def train_model(model: Path = MODEL) -> None:
    """Train Rasa's model; FixConfiguration names the log when it fails. Writes `var/`."""
    digest = _digest_inputs()
    log = VAR / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(RASA_PYTHON), "-m", "rasa", "train", "--out", str(model.parent),
        "--fixed-model-name", model.name.removesuffix(".tar.gz"),
    ]
    with log.open("w") as file:
        done = subprocess.run(
            command, cwd=PROJECT, env=rasa_environment(os.environ), stdout=file, stderr=file, check=False
        )
    if done.returncode or not model.is_file():
        raise FixConfiguration(f"the model could not be trained; {log.relative_to(PROJECT)} says why")
    _stamp(model).write_text(digest)


def rasa_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What Rasa's processes run with: quiet, and telling nobody."""
    inner = {"PREVENANT_ACTIONS_URL": "http://127.0.0.1:5055", "PREVENANT_INTERNAL_SECRET": "unused-while-training"}
    return {**inner, **environ, **_RASA_ENV}


def _stamp(model: Path) -> Path:
    return model.with_name(f"{model.name}.inputs")


def _digest_inputs() -> str:
    digest = hashlib.sha256(sys.platform.encode())
    for path in _list_inputs():
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _list_inputs() -> Iterator[Path]:
    for pattern in _TRAINED_ON:
        yield from sorted(PROJECT.glob(pattern))
