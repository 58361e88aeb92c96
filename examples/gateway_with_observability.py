"""A gateway to paid models for programs, with traces, metrics and dashboards: no inference of its own and no chat."""

from cdk8s import App, Chart

from ailab import LabNamespace, LlmGateway, ObservabilityStack, Postgres
from ailab.secrets import CHAT_KEY
from ailab.spec.lab import GatewaySpec
from ailab.spec.models import Role
from ailab.spec.observability import ObservabilitySpec
from ailab.spec.postgres import PostgresSpec
from ailab.spec.providers import Provider, ProvidersSpec
from ailab.virtual_keys import VirtualKey

app = App(outdir="out")
labels = {"app.kubernetes.io/part-of": "gateway"}
chart = Chart(app, "gateway", namespace="gateway", labels=labels, disable_resource_name_hashes=True)

LabNamespace(chart, "namespace")
postgres = Postgres(chart, "postgres", PostgresSpec())
providers = ProvidersSpec(anthropic=Provider(models={"claude-haiku": "claude-haiku-5-5"}))
gateway = LlmGateway(chart, "litellm", GatewaySpec(), providers=providers, pod_network="10.42.0.0/16")
traces, dashboards = "http://localhost:6006", "http://localhost:3000"  # by kubectl port-forward
stack = ObservabilityStack(chart, "observability", ObservabilitySpec(), phoenix_url=traces, grafana_url=dashboards)

gateway.stores_in(postgres)
gateway.virtual_keys.adds(VirtualKey(alias="programs", value=CHAT_KEY, role=Role.CHAT))
stack.stores_in(postgres)
stack.watches(gateway)
app.synth()
