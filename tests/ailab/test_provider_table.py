from ailab.secrets import PROVIDER_KEYS
from ailab.spec.providers import ProvidersSpec


def test_every_provider_of_the_lab_file_has_keys_and_no_other() -> None:
    assert list(PROVIDER_KEYS) == list(ProvidersSpec.model_fields)


def test_every_providers_key_has_its_name_among_a_models_parameters() -> None:
    assert [key.key for keys in PROVIDER_KEYS.values() for key in keys if not key.parameter] == []
