"""Keys of all paid providers: values that nothing else has, so that they are found wherever they should not be."""

from __future__ import annotations

from typing import Final

from tests.cluster.running import PROVIDER_KEYS

AZURE_HOST: Final = "canary.openai.azure.com"
ALL_KEYS: Final = {
    **PROVIDER_KEYS,
    "OPENAI_API_KEY": "sk-proj-canary-of-the-tests",
    "AWS_ACCESS_KEY_ID": "AKIACANARYOFTHETESTS",
    "AWS_SECRET_ACCESS_KEY": "aws-canary-secret-of-the-tests",
    "GEMINI_API_KEY": "AIza-canary-of-the-tests",
    "AZURE_API_KEY": "azure-canary-of-the-tests",
    "AZURE_API_BASE": f"https://{AZURE_HOST}",
    "XAI_API_KEY": "xai-canary-of-the-tests",
    "TOGETHER_API_KEY": "together-canary-of-the-tests",
}
# No secrets: they stand in addresses, and a signature names its key.
PUBLIC: Final = ("AZURE_API_BASE", "AWS_ACCESS_KEY_ID")
SECRET: Final = {name: value for name, value in ALL_KEYS.items() if name not in PUBLIC}
WRONG: Final = {name: value if name in PUBLIC else f"wrong-{value}" for name, value in ALL_KEYS.items()}
