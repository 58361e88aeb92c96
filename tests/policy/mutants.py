"""For each gate the defects that it must find, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from infra.manifests import Object
from tests.policy import seeds
from tests.policy.budget import budget
from tests.policy.configuration import configuration
from tests.policy.exposure import exposure
from tests.policy.gates import Gate
from tests.policy.host_access import host_access
from tests.policy.images import images
from tests.policy.injections import injections
from tests.policy.internet import NOT_PUBLIC, THE_INTERNET, internet
from tests.policy.jobs import jobs
from tests.policy.names import names
from tests.policy.network import network
from tests.policy.pod_security import pod_security
from tests.policy.probes import probes
from tests.policy.pruning import pruning
from tests.policy.publication import NO_CUSTOM_RESOURCES, NO_SNIPPETS, PUBLISHED, publication
from tests.policy.rbac import rbac
from tests.policy.references import references
from tests.policy.resources import resources
from tests.policy.secret_references import secret_references
from tests.policy.secret_values import secret_values
from tests.policy.seeds import FIRST, MAIN, POD, drop, put
from tests.policy.strategy import strategy
from tests.policy.volumes import volumes
from tests.policy.waiting import WAITS, waiting

LEVEL: Final = "pod-security.kubernetes.io"
NGINX: Final = "metadata annotations nginx.org"
ARGO: Final = "argocd.argoproj.io"
RULE: Final = "spec rules 0"
PATHS: Final = f"{RULE} http paths"
A_SECRET: Final = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "litellm", "namespace": "ai-lab"}}
NO_PEERS: Final = [{"ports": [{"port": 5432, "protocol": "TCP"}]}]
FROM: Final = "spec ingress 0 from 0"
IN_KUBE_SYSTEM: Final[Object] = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
KUBE_SYSTEM: Final = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "kube-system", "labels": {"app.kubernetes.io/part-of": "kube"}},
}
ANY_NAMESPACE: Final[Object] = {"namespaceSelector": {}}
UNKNOWN_KEY: Final = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "litellm", "key": "no-such-key"}}}
OTHERS_KEY: Final = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "litellm", "key": "master-key"}}}
GATEWAY: Final = {"service": {"name": "litellm", "port": {"number": 4000}}}
ELSEWHERE: Final = [
    {"host": host, "http": {"paths": [{"path": path, "backend": GATEWAY} for path in PUBLISHED["litellm"].paths]}}
    for host in ("litellm.another.ts.net", "litellm.gpu-lab.another.ts.net")
]
LITERAL: Final = {"name": "LITELLM_MASTER_KEY", "value": "hunter2"}
FULL_URL: Final = {"name": "DATABASE_URL", "value": "postgresql://litellm:hunter2@postgres:5432/litellm"}
WRONG_URL: Final = {"name": "OLLAMA", "value": "http://ollama:11435"}
CANARIES: Final = {
    "OpenAI": "sk-proj-" + "a1" * 12,
    "Anthropic": "sk-ant-" + "a1" * 12,
    "DigitalOcean": "dop_v1_" + "a1" * 32,
    "Tailscale": "tskey-auth-" + "a1" * 8,
    "AWS": "AKIA" + "A1" * 8,
    "Google": "AIza" + "a1" * 18,
    "xAI": "xai-" + "a1" * 16,
    "GitHub": "ghp_" + "a1" * 18,
    "Hugging Face": "hf_" + "a1" * 17,
}

MUTANTS: Final[Mapping[Gate, Mapping[str, seeds.Seed]]] = {
    budget: {
        "too many cores": put("Deployment/litellm", f"{MAIN} resources requests cpu", to="1500m"),
        "too much memory": put(
            "Deployment/ollama",
            f"{MAIN} resources",
            to={"requests": {"cpu": "250m", "memory": "24Gi"}, "limits": {"memory": "24Gi", "nvidia.com/gpu": "1"}},
        ),
    },
    configuration: {
        "a file changed alone": put("ConfigMap/litellm", "data config.yaml", to="model_list: []"),
        "a pod without checksum": put("Deployment/litellm", "spec template metadata annotations", to={}),
    },
    exposure: {
        "a port on each node": put("Service/litellm", "spec type", to="NodePort"),
        "a load balancer": put("Service/ingress", "spec type", to="LoadBalancer"),
        "an external address": put("Service/ingress", "spec externalIPs", to=["192.0.2.1"]),
        "the node's network": put("Deployment/ingress", f"{POD} hostNetwork", to=True),
        "a port of the node": put("Deployment/ingress", f"{MAIN} ports 0 hostPort", to=80),
        "a folder of the node": put("Deployment/postgres", f"{POD} volumes 0 hostPath", to={"path": "/"}),
    },
    host_access: {
        "no reason": put("DaemonSet/node-exporter", "spec template metadata annotations", to={}),
        "a reason for nothing": put(
            "Deployment/litellm", "spec template metadata annotations ailab/host-access", to="x"
        ),
        "another folder": put("DaemonSet/node-exporter", f"{POD} volumes 0 hostPath path", to="/etc"),
        "a folder that it can write": drop("DaemonSet/node-exporter", f"{MAIN} volumeMounts 0 readOnly"),
        "more than it is granted": put("DaemonSet/dcgm-exporter", f"{MAIN} securityContext privileged", to=True),
        "root": put("DaemonSet/dcgm-exporter", f"{POD} securityContext runAsUser", to=0),
        "among the node's programs": put("Deployment/ollama", "metadata namespace", to="gpu-lab-system"),
        "among the lab's programs": put("DaemonSet/device-plugin", "metadata namespace", to="ai-lab"),
        "the GPU unasked": put("Deployment/litellm", f"{POD} runtimeClassName", to="nvidia-cdi"),
    },
    images: {
        "no tag": put("Deployment/ollama", f"{MAIN} image", to="docker.io/ollama/ollama"),
        "a floating tag": put("Deployment/ollama", f"{MAIN} image", to="docker.io/ollama/ollama:latest"),
        "no digest": put("Deployment/ollama", f"{MAIN} image", to="docker.io/ollama/ollama:0.35.1"),
        "below the floor": put("Deployment/ollama", f"{MAIN} image", to="docker.io/ollama/ollama:0.16.9"),
        "an unknown image": put("Deployment/ollama", f"{MAIN} image", to="docker.io/library/busybox:1.37"),
        "another digest": put(
            "Job/ollama-pull", f"{MAIN} image", to=f"docker.io/ollama/ollama:0.35.1@sha256:{'0' * 64}"
        ),
        "pulled at each start": put("Deployment/ollama", f"{MAIN} imagePullPolicy", to="Always"),
    },
    injections: {
        "service links": drop("Deployment/litellm", f"{POD} enableServiceLinks"),
        "a token for nothing": put("Deployment/litellm", f"{POD} automountServiceAccountToken", to=True),
        "another's account": put("Deployment/litellm", f"{POD} serviceAccountName", to="ingress"),
        "a token by default": put("ServiceAccount/ingress", "automountServiceAccountToken", to=True),
    },
    internet: {
        **{
            f"{block} too": drop("NetworkPolicy/litellm", f"spec egress 0 to 0 ipBlock except {number}")
            for number, block in enumerate(NOT_PUBLIC)
        },
        "every address": drop("NetworkPolicy/ollama-pull", "spec egress 0 to 0 ipBlock except"),
        "the ingress controller": put("NetworkPolicy/ingress", "spec egress 0 to 1", to={"ipBlock": THE_INTERNET}),
        "the way in": put("NetworkPolicy/litellm", "spec ingress 0 from 0", to={"ipBlock": THE_INTERNET}),
    },
    jobs: {
        "content changed alone": put("Job/ollama-pull", f"{MAIN} args 0", to="another:model"),
        "a time to live": put("Job/virtual-keys", "spec ttlSecondsAfterFinished", to=60),
        "a pod for each failure": put("Job/virtual-keys", f"{POD} restartPolicy", to="Never"),
        "two at once": put("CronJob/virtual-keys", "spec concurrencyPolicy", to="Allow"),
        "no dump any night": put("CronJob/postgres-dumps", "spec suspend", to=True),
    },
    names: {
        "one name twice": seeds.twice("Service/litellm"),
        "64 characters": put("Service/litellm", "metadata name", to="a" * 64),
        "a class of the whole cluster": put("IngressClass/gpu-lab-ingress", "metadata name", to="nginx"),
        "a runtime class of another name": put("RuntimeClass/nvidia-cdi", "metadata name", to="nvidia"),
        "a namespace where none is": put("ClusterRole/gpu-lab-ingress", "metadata namespace", to="ai-lab"),
        "outside the lab": put("Service/litellm", "metadata namespace", to="default"),
        "no lab": put("Service/litellm", "metadata labels", to={}),
        "Kubernetes' own namespace": seeds.more(KUBE_SYSTEM),
    },
    network: {
        "the target's half is missing": put("NetworkPolicy/ollama", "spec ingress", to=[]),
        "the source's half is missing": put("NetworkPolicy/virtual-keys", "spec egress", to=[]),
        "no reason": put("NetworkPolicy/litellm", "metadata annotations", to={}),
        "every address": put("NetworkPolicy/postgres", "spec ingress", to=NO_PEERS),
        "every namespace": put("NetworkPolicy/postgres", "spec ingress 0 from 1", to=ANY_NAMESPACE),
        "every port": drop("NetworkPolicy/postgres", "spec ingress 0 ports"),
        "a range of ports": put("NetworkPolicy/postgres", "spec ingress 0 ports 0 endPort", to=6000),
        "UDP": put("NetworkPolicy/postgres", "spec ingress 0 ports 0 protocol", to="UDP"),
        "an open direction": put("NetworkPolicy/ollama", "spec policyTypes", to=["Ingress"]),
        "no denial for all": seeds.without("NetworkPolicy/default-deny"),
        "the wrong namespace": put("NetworkPolicy/node-exporter", f"{FROM} namespaceSelector", to=IN_KUBE_SYSTEM),
        "a namespace for nothing": put("NetworkPolicy/ollama", f"{FROM} namespaceSelector", to=IN_KUBE_SYSTEM),
        "a program without a policy": seeds.without("NetworkPolicy/ollama-pull"),
    },
    pod_security: {
        "a namespace that enforces less": put("Namespace/ai-lab", f"metadata labels {LEVEL}/enforce", to="baseline"),
        "a reader of the node that is root": put("DaemonSet/node-exporter", f"{POD} securityContext runAsUser", to=0),
        "a folder nobody granted": put("DaemonSet/dcgm-exporter", f"{POD} volumes 0", to={"name": "x", "hostPath": {}}),
        "root": put("Deployment/open-webui", f"{POD} securityContext runAsUser", to=0),
        "volumes of root's alone": drop("Deployment/open-webui", f"{POD} securityContext fsGroup"),
        "perhaps root": drop("Deployment/open-webui", f"{POD} securityContext runAsNonRoot"),
        "no seccomp profile": drop("Deployment/litellm", f"{POD} securityContext seccompProfile"),
        "the node's processes": put("Deployment/litellm", f"{POD} hostPID", to=True),
        "a privileged container": put("Deployment/ollama", f"{MAIN} securityContext privileged", to=True),
        "more privileges later": put("Job/ollama-pull", f"{MAIN} securityContext allowPrivilegeEscalation", to=True),
        "a writable root": put("Deployment/litellm", f"{FIRST} securityContext readOnlyRootFilesystem", to=False),
        "capabilities kept": put("Deployment/ollama", f"{MAIN} securityContext capabilities drop", to=[]),
        "a capability added": put("Deployment/ollama", f"{MAIN} securityContext capabilities add", to=["SYS_ADMIN"]),
        "another kind of volume": put(
            "Deployment/ollama", f"{POD} volumes 0", to={"name": "x", "hostPath": {"path": "/"}}
        ),
    },
    probes: {
        "never ready": drop("Deployment/litellm", f"{MAIN} readinessProbe"),
        "never dead": drop("Deployment/postgres", f"{POD} containers 1 livenessProbe"),
        "well for ever": put(
            "Deployment/postgres", f"{POD} containers 1 livenessProbe exec command", to=["test", "-e", "/run/there"]
        ),
        "another port": put("Deployment/litellm", f"{MAIN} startupProbe httpGet port", to=4001),
        "out of order for an hour": put("Deployment/litellm", f"{MAIN} readinessProbe failureThreshold", to=720),
        "stuck for an hour": put("Deployment/litellm", f"{MAIN} livenessProbe failureThreshold", to=360),
        "starts for hours": put("Deployment/litellm", f"{MAIN} startupProbe failureThreshold", to=3600),
        "a Job that is probed": put("Job/ollama-pull", f"{MAIN} livenessProbe", to={"exec": {"command": ["true"]}}),
        "a slow answer": put("Deployment/litellm", f"{MAIN} livenessProbe timeoutSeconds", to=60),
    },
    pruning: {
        "a claim that Argo CD prunes": put("PersistentVolumeClaim/postgres-data", "metadata annotations", to={}),
        "a claim that goes with its Application": put(
            "PersistentVolumeClaim/postgres-data", f"metadata annotations {ARGO}/sync-options", to="Prune=false"
        ),
        "a namespace that k3s prunes": put(
            "Namespace/ai-lab", "metadata annotations objectset.rio.cattle.io/prune", to="true"
        ),
    },
    publication: {
        "all paths of the gateway": put(
            "Ingress/litellm", f"{RULE} http paths 99", to={"path": "/", "backend": GATEWAY}
        ),
        "its keys": put("Ingress/litellm", f"{RULE} http paths 99", to={"path": "/key", "backend": GATEWAY}),
        "a path less": drop("Ingress/litellm", f"{PATHS} 0"),
        "another service": put("Ingress/open-webui", f"{PATHS} 0 backend service name", to="litellm"),
        "another host": put("Ingress/litellm", f"{RULE} host", to="litellm.example-tailnet.example.org"),
        "a host less": drop("Ingress/litellm", RULE),
        "another tailnet": put("Ingress/litellm", "spec rules", to=ELSEWHERE),
        "every host": put("Ingress/litellm", "spec defaultBackend", to=GATEWAY),
        "one more service": put("Ingress/litellm", "metadata name", to="postgres"),
        "no service": seeds.without("Ingress/open-webui"),
        "no live connections": drop("Ingress/open-webui", f"{NGINX}/websocket-services"),
        "live connections to the gateway": put("Ingress/litellm", f"{NGINX}/websocket-services", to="litellm"),
        "uploads of a kilobyte": put("Ingress/open-webui", f"{NGINX}/client-max-body-size", to="1k"),
        "words in one piece": put("Ingress/open-webui", f"{NGINX}/proxy-buffering", to="True"),
        "a minute's silence ends it": put("Ingress/open-webui", f"{NGINX}/proxy-read-timeout", to="60s"),
        "a snippet": put("Ingress/litellm", f"{NGINX}/server-snippets", to="return 200;"),
        "snippets": put("Deployment/ingress", f"{MAIN} args", to=[NO_CUSTOM_RESOURCES]),
        "custom resources": put("Deployment/ingress", f"{MAIN} args", to=[NO_SNIPPETS]),
    },
    rbac: {
        "every verb": put("Role/ingress", "rules 0 verbs", to=["*"]),
        "Secrets": put("Role/ingress", "rules 0 resources 0", to="secrets"),
        "Secrets of the cluster": put("ClusterRole/gpu-lab-ingress", "rules 0 resources 0", to="secrets"),
        "a change": put("Role/ingress", "rules 0 verbs 0", to="delete"),
        "a shell in pods": put("Role/ingress", "rules 0 resources 0", to="pods/exec"),
        "everybody": put("RoleBinding/ingress", "subjects 0", to={"kind": "Group", "name": "system:authenticated"}),
    },
    references: {
        "no ConfigMap": seeds.without("ConfigMap/virtual-keys"),
        "no claim": seeds.without("PersistentVolumeClaim/ollama-models"),
        "no service account": seeds.without("ServiceAccount/ingress"),
        "no role": seeds.without("Role/ingress"),
        "no Service": seeds.without("Service/open-webui"),
        "no class": put("Ingress/litellm", "spec ingressClassName", to="nginx"),
        "a port without a name": put("Service/litellm", "spec ports 0 targetPort", to="htttp"),
        "a Service without pods": put("Service/litellm", "spec selector", to={"app.kubernetes.io/name": "litelm"}),
        "pods of another": put("Deployment/litellm", "spec selector matchLabels", to={"app": "x"}),
        "an address with another port": put("Deployment/litellm", f"{MAIN} env 0", to=WRONG_URL),
    },
    resources: {
        "no memory limit": put("Deployment/litellm", f"{MAIN} resources limits", to={}),
        "no request": put("Job/virtual-keys", f"{MAIN} resources requests", to={}),
        "a CPU limit": put("Deployment/litellm", f"{MAIN} resources limits cpu", to="1"),
        "a limit below the request": put("Deployment/litellm", f"{MAIN} resources limits memory", to="512Mi"),
        "two shares of the GPU": put("Deployment/ollama", f"{MAIN} resources limits nvidia.com/gpu", to="2"),
        "a GPU without its runtime": drop("Deployment/ollama", f"{POD} runtimeClassName"),
    },
    secret_references: {
        "a key that nobody makes": put("Deployment/litellm", f"{MAIN} env 0", to=UNKNOWN_KEY),
        "another's key": put("Deployment/open-webui", f"{MAIN} env 0", to=OTHERS_KEY),
        "a value in its place": put("Deployment/litellm", f"{MAIN} env 0", to=LITERAL),
        "optional": put("Deployment/litellm", f"{MAIN} env 0 valueFrom secretKeyRef optional", to=True),
        "a whole Secret": put("Deployment/litellm", f"{MAIN} envFrom", to=[{"secretRef": {"name": "providers"}}]),
    },
    secret_values: {
        "a Secret": seeds.more(A_SECRET),
        "a literal": put("Deployment/litellm", f"{MAIN} env 0", to=LITERAL),
        "a password in an address": put("Deployment/litellm", f"{MAIN} env 2", to=FULL_URL),
        "a private key": put("ConfigMap/litellm", "data key.pem", to="-----BEGIN EC PRIVATE KEY-----\nMHc="),
        **{f"a key of {owner}": put("ConfigMap/litellm", "data note", to=key) for owner, key in CANARIES.items()},
    },
    strategy: {
        "two databases on one volume": put("Deployment/postgres", "spec strategy type", to="RollingUpdate"),
        "a pause for nothing": put("Deployment/litellm", "spec strategy type", to="Recreate"),
        "two of it": put("Deployment/litellm", "spec replicas", to=2),
        "a volume of many nodes": put("PersistentVolumeClaim/postgres-data", "spec accessModes", to=["ReadWriteMany"]),
    },
    volumes: {
        "a path without a mount": drop("Deployment/postgres", f"{MAIN} volumeMounts 1"),
        "a mount without a volume": put("Deployment/postgres", f"{MAIN} volumeMounts 1 name", to="nothing"),
        "a volume without limit": put("Deployment/litellm", f"{POD} volumes 0 emptyDir", to={}),
        "configuration that can be written": put("Deployment/litellm", f"{MAIN} volumeMounts 0 readOnly", to=False),
        "data that dies": put("Deployment/postgres", f"{POD} volumes 0", to={"name": "postgres-data", "emptyDir": {}}),
    },
    waiting: {
        **{
            f"{key} of a download": put("Job/ollama-pull", "metadata annotations", to={key: "1"})
            for key in sorted(WAITS)
        },
        "an Ingress that is never healthy": drop(
            "Ingress/open-webui", f"metadata annotations {ARGO}/ignore-healthcheck"
        ),
        "a claim that is bound at night": drop(
            "PersistentVolumeClaim/postgres-dumps", f"metadata annotations {ARGO}/ignore-healthcheck"
        ),
    },
}
