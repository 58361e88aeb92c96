from __future__ import annotations

from pkgutil import extend_path
__path__ = extend_path(__path__, __name__)

import abc
import builtins
import datetime
import enum
import typing

import jsii
import publication
import typing_extensions

from jsii._type_checking import cached_type_hints, check_type


from ._jsii import *

class _LazyImport:
    def __init__(self, module_name: str) -> None:
        self._module_name = module_name
        self._module: typing.Any = None
    def __getattr__(self, name: str) -> typing.Any:
        if self._module is None:
            import importlib
            self._module = importlib.import_module(self._module_name)
        return getattr(self._module, name)

if typing.TYPE_CHECKING:

    import cdk8s as _cdk8s_d3d9af27
    import constructs as _constructs_77d1e7e8
else:

    _cdk8s_d3d9af27 = _LazyImport("cdk8s")
    _constructs_77d1e7e8 = _LazyImport("constructs")


class AppProject(
    _cdk8s_d3d9af27.ApiObject,
    metaclass=jsii.JSIIMeta,
    jsii_type="ioargoproj.AppProject",
):
    '''
    :schema: AppProject
    '''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["AppProjectSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> None:
        '''Defines a "AppProject" API object.

        :param scope: the scope in which to define this object.
        :param id: a scope-local name for the object.
        :param metadata: 
        :param spec: 
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__55be0a52f18acf3787b7c5cb2ff1892e30d89c103a580e1e1ea21d1b27f749a8)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
        props = AppProjectProps(metadata=metadata, spec=spec)

        jsii.create(self.__class__, self, [scope, id, props])

    @jsii.member(jsii_name="manifest")
    @builtins.classmethod
    def manifest(
        cls,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["AppProjectSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> typing.Any:
        '''Renders a Kubernetes manifest for "AppProject".

        This can be used to inline resource manifests inside other objects (e.g. as templates).

        :param metadata: 
        :param spec: 
        '''
        props = AppProjectProps(metadata=metadata, spec=spec)

        return typing.cast(typing.Any, jsii.sinvoke(cls, "manifest", [props]))

    @jsii.member(jsii_name="toJson")
    def to_json(self) -> typing.Any:
        '''Renders the object to Kubernetes JSON.'''
        return typing.cast(typing.Any, jsii.invoke(self, "toJson", []))

    @jsii.python.classproperty
    @jsii.member(jsii_name="GVK")
    def GVK(cls) -> "_cdk8s_d3d9af27.GroupVersionKind":
        '''Returns the apiVersion and kind for "AppProject".'''
        return typing.cast("_cdk8s_d3d9af27.GroupVersionKind", jsii.sget(cls, "GVK"))


@jsii.data_type(
    jsii_type="ioargoproj.AppProjectProps",
    jsii_struct_bases=[],
    name_mapping={"metadata": "metadata", "spec": "spec"},
)
class AppProjectProps:
    def __init__(
        self,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["AppProjectSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> None:
        '''
        :param metadata: 
        :param spec: 

        :schema: AppProject
        '''
        if isinstance(metadata, dict):
            metadata = _cdk8s_d3d9af27.ApiObjectMetadata(**metadata)
        if isinstance(spec, dict):
            spec = AppProjectSpec(**spec)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__7c9d737c2bb68f2a5d3c5dd8cbf4e60345db2874ac6bd1ab23c5dcc3ff3ccfaa)
            check_type(argname="argument metadata", value=metadata, expected_type=type_hints["metadata"])
            check_type(argname="argument spec", value=spec, expected_type=type_hints["spec"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "metadata": metadata,
            "spec": spec,
        }

    @builtins.property
    def metadata(self) -> "_cdk8s_d3d9af27.ApiObjectMetadata":
        '''
        :schema: AppProject#metadata
        '''
        result = self._values.get("metadata")
        assert result is not None, "Required property 'metadata' is missing"
        return typing.cast("_cdk8s_d3d9af27.ApiObjectMetadata", result)

    @builtins.property
    def spec(self) -> "AppProjectSpec":
        '''
        :schema: AppProject#spec
        '''
        result = self._values.get("spec")
        assert result is not None, "Required property 'spec' is missing"
        return typing.cast("AppProjectSpec", result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "AppProjectProps(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.AppProjectSpec",
    jsii_struct_bases=[],
    name_mapping={
        "cluster_resource_whitelist": "clusterResourceWhitelist",
        "description": "description",
        "destinations": "destinations",
        "namespace_resource_whitelist": "namespaceResourceWhitelist",
        "source_repos": "sourceRepos",
    },
)
class AppProjectSpec:
    def __init__(
        self,
        *,
        cluster_resource_whitelist: typing.Optional[typing.Sequence[typing.Union["AppProjectSpecClusterResourceWhitelist", typing.Dict[builtins.str, typing.Any]]]] = None,
        description: typing.Optional[builtins.str] = None,
        destinations: typing.Optional[typing.Sequence[typing.Union["AppProjectSpecDestinations", typing.Dict[builtins.str, typing.Any]]]] = None,
        namespace_resource_whitelist: typing.Optional[typing.Sequence[typing.Union["AppProjectSpecNamespaceResourceWhitelist", typing.Dict[builtins.str, typing.Any]]]] = None,
        source_repos: typing.Optional[typing.Sequence[builtins.str]] = None,
    ) -> None:
        '''
        :param cluster_resource_whitelist: Objects without a namespace that may be applied; the name is a glob
        :param description: 
        :param destinations: Where objects may go; one without a namespace is for those that have none
        :param namespace_resource_whitelist: Kinds in a namespace that may be applied.
        :param source_repos: Repositories whose manifests may be applied.

        :schema: AppProjectSpec
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__cfd401a490e302e6849a76313748b104c693a07dbc6f25de00fec11d20981a01)
            check_type(argname="argument cluster_resource_whitelist", value=cluster_resource_whitelist, expected_type=type_hints["cluster_resource_whitelist"])
            check_type(argname="argument description", value=description, expected_type=type_hints["description"])
            check_type(argname="argument destinations", value=destinations, expected_type=type_hints["destinations"])
            check_type(argname="argument namespace_resource_whitelist", value=namespace_resource_whitelist, expected_type=type_hints["namespace_resource_whitelist"])
            check_type(argname="argument source_repos", value=source_repos, expected_type=type_hints["source_repos"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if cluster_resource_whitelist is not None:
            self._values["cluster_resource_whitelist"] = cluster_resource_whitelist
        if description is not None:
            self._values["description"] = description
        if destinations is not None:
            self._values["destinations"] = destinations
        if namespace_resource_whitelist is not None:
            self._values["namespace_resource_whitelist"] = namespace_resource_whitelist
        if source_repos is not None:
            self._values["source_repos"] = source_repos

    @builtins.property
    def cluster_resource_whitelist(
        self,
    ) -> typing.Optional[typing.List["AppProjectSpecClusterResourceWhitelist"]]:
        '''Objects without a namespace that may be applied;

        the name is a glob

        :schema: AppProjectSpec#clusterResourceWhitelist
        '''
        result = self._values.get("cluster_resource_whitelist")
        return typing.cast(typing.Optional[typing.List["AppProjectSpecClusterResourceWhitelist"]], result)

    @builtins.property
    def description(self) -> typing.Optional[builtins.str]:
        '''
        :schema: AppProjectSpec#description
        '''
        result = self._values.get("description")
        return typing.cast(typing.Optional[builtins.str], result)

    @builtins.property
    def destinations(
        self,
    ) -> typing.Optional[typing.List["AppProjectSpecDestinations"]]:
        '''Where objects may go;

        one without a namespace is for those that have none

        :schema: AppProjectSpec#destinations
        '''
        result = self._values.get("destinations")
        return typing.cast(typing.Optional[typing.List["AppProjectSpecDestinations"]], result)

    @builtins.property
    def namespace_resource_whitelist(
        self,
    ) -> typing.Optional[typing.List["AppProjectSpecNamespaceResourceWhitelist"]]:
        '''Kinds in a namespace that may be applied.

        :schema: AppProjectSpec#namespaceResourceWhitelist
        '''
        result = self._values.get("namespace_resource_whitelist")
        return typing.cast(typing.Optional[typing.List["AppProjectSpecNamespaceResourceWhitelist"]], result)

    @builtins.property
    def source_repos(self) -> typing.Optional[typing.List[builtins.str]]:
        '''Repositories whose manifests may be applied.

        :schema: AppProjectSpec#sourceRepos
        '''
        result = self._values.get("source_repos")
        return typing.cast(typing.Optional[typing.List[builtins.str]], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "AppProjectSpec(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.AppProjectSpecClusterResourceWhitelist",
    jsii_struct_bases=[],
    name_mapping={"group": "group", "kind": "kind", "name": "name"},
)
class AppProjectSpecClusterResourceWhitelist:
    def __init__(
        self,
        *,
        group: builtins.str,
        kind: builtins.str,
        name: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param group: 
        :param kind: 
        :param name: 

        :schema: AppProjectSpecClusterResourceWhitelist
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__da54887346d884419379874958a4613ff94ef2d5e2cb4ce7091c6facb942cb77)
            check_type(argname="argument group", value=group, expected_type=type_hints["group"])
            check_type(argname="argument kind", value=kind, expected_type=type_hints["kind"])
            check_type(argname="argument name", value=name, expected_type=type_hints["name"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "group": group,
            "kind": kind,
        }
        if name is not None:
            self._values["name"] = name

    @builtins.property
    def group(self) -> builtins.str:
        '''
        :schema: AppProjectSpecClusterResourceWhitelist#group
        '''
        result = self._values.get("group")
        assert result is not None, "Required property 'group' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def kind(self) -> builtins.str:
        '''
        :schema: AppProjectSpecClusterResourceWhitelist#kind
        '''
        result = self._values.get("kind")
        assert result is not None, "Required property 'kind' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def name(self) -> typing.Optional[builtins.str]:
        '''
        :schema: AppProjectSpecClusterResourceWhitelist#name
        '''
        result = self._values.get("name")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "AppProjectSpecClusterResourceWhitelist(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.AppProjectSpecDestinations",
    jsii_struct_bases=[],
    name_mapping={"namespace": "namespace", "server": "server"},
)
class AppProjectSpecDestinations:
    def __init__(
        self,
        *,
        namespace: typing.Optional[builtins.str] = None,
        server: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param namespace: 
        :param server: 

        :schema: AppProjectSpecDestinations
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__65ad8c6736c41bcee92f6d3c75eb7ab8d772e9db2c83b0ccefb46a5e5f620382)
            check_type(argname="argument namespace", value=namespace, expected_type=type_hints["namespace"])
            check_type(argname="argument server", value=server, expected_type=type_hints["server"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if namespace is not None:
            self._values["namespace"] = namespace
        if server is not None:
            self._values["server"] = server

    @builtins.property
    def namespace(self) -> typing.Optional[builtins.str]:
        '''
        :schema: AppProjectSpecDestinations#namespace
        '''
        result = self._values.get("namespace")
        return typing.cast(typing.Optional[builtins.str], result)

    @builtins.property
    def server(self) -> typing.Optional[builtins.str]:
        '''
        :schema: AppProjectSpecDestinations#server
        '''
        result = self._values.get("server")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "AppProjectSpecDestinations(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.AppProjectSpecNamespaceResourceWhitelist",
    jsii_struct_bases=[],
    name_mapping={"group": "group", "kind": "kind"},
)
class AppProjectSpecNamespaceResourceWhitelist:
    def __init__(self, *, group: builtins.str, kind: builtins.str) -> None:
        '''
        :param group: 
        :param kind: 

        :schema: AppProjectSpecNamespaceResourceWhitelist
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__c74506df4f931a75e99289dc748dbcb5e0b93b7bb1f9aa59318a09ca572273de)
            check_type(argname="argument group", value=group, expected_type=type_hints["group"])
            check_type(argname="argument kind", value=kind, expected_type=type_hints["kind"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "group": group,
            "kind": kind,
        }

    @builtins.property
    def group(self) -> builtins.str:
        '''
        :schema: AppProjectSpecNamespaceResourceWhitelist#group
        '''
        result = self._values.get("group")
        assert result is not None, "Required property 'group' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def kind(self) -> builtins.str:
        '''
        :schema: AppProjectSpecNamespaceResourceWhitelist#kind
        '''
        result = self._values.get("kind")
        assert result is not None, "Required property 'kind' is missing"
        return typing.cast(builtins.str, result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "AppProjectSpecNamespaceResourceWhitelist(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


class ApplicationSet(
    _cdk8s_d3d9af27.ApiObject,
    metaclass=jsii.JSIIMeta,
    jsii_type="ioargoproj.ApplicationSet",
):
    '''
    :schema: ApplicationSet
    '''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["ApplicationSetSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> None:
        '''Defines a "ApplicationSet" API object.

        :param scope: the scope in which to define this object.
        :param id: a scope-local name for the object.
        :param metadata: 
        :param spec: 
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__f5a21242cdf4dac363c1ce49a3236f210d2c938060dea6a7a3a84f602c89dc95)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
        props = ApplicationSetProps(metadata=metadata, spec=spec)

        jsii.create(self.__class__, self, [scope, id, props])

    @jsii.member(jsii_name="manifest")
    @builtins.classmethod
    def manifest(
        cls,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["ApplicationSetSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> typing.Any:
        '''Renders a Kubernetes manifest for "ApplicationSet".

        This can be used to inline resource manifests inside other objects (e.g. as templates).

        :param metadata: 
        :param spec: 
        '''
        props = ApplicationSetProps(metadata=metadata, spec=spec)

        return typing.cast(typing.Any, jsii.sinvoke(cls, "manifest", [props]))

    @jsii.member(jsii_name="toJson")
    def to_json(self) -> typing.Any:
        '''Renders the object to Kubernetes JSON.'''
        return typing.cast(typing.Any, jsii.invoke(self, "toJson", []))

    @jsii.python.classproperty
    @jsii.member(jsii_name="GVK")
    def GVK(cls) -> "_cdk8s_d3d9af27.GroupVersionKind":
        '''Returns the apiVersion and kind for "ApplicationSet".'''
        return typing.cast("_cdk8s_d3d9af27.GroupVersionKind", jsii.sget(cls, "GVK"))


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetProps",
    jsii_struct_bases=[],
    name_mapping={"metadata": "metadata", "spec": "spec"},
)
class ApplicationSetProps:
    def __init__(
        self,
        *,
        metadata: typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["ApplicationSetSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> None:
        '''
        :param metadata: 
        :param spec: 

        :schema: ApplicationSet
        '''
        if isinstance(metadata, dict):
            metadata = _cdk8s_d3d9af27.ApiObjectMetadata(**metadata)
        if isinstance(spec, dict):
            spec = ApplicationSetSpec(**spec)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__d7ee205516d3c5104f3388f0160e02da7f2fd644a8813d4e8d7b39a005839117)
            check_type(argname="argument metadata", value=metadata, expected_type=type_hints["metadata"])
            check_type(argname="argument spec", value=spec, expected_type=type_hints["spec"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "metadata": metadata,
            "spec": spec,
        }

    @builtins.property
    def metadata(self) -> "_cdk8s_d3d9af27.ApiObjectMetadata":
        '''
        :schema: ApplicationSet#metadata
        '''
        result = self._values.get("metadata")
        assert result is not None, "Required property 'metadata' is missing"
        return typing.cast("_cdk8s_d3d9af27.ApiObjectMetadata", result)

    @builtins.property
    def spec(self) -> "ApplicationSetSpec":
        '''
        :schema: ApplicationSet#spec
        '''
        result = self._values.get("spec")
        assert result is not None, "Required property 'spec' is missing"
        return typing.cast("ApplicationSetSpec", result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetProps(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpec",
    jsii_struct_bases=[],
    name_mapping={
        "generators": "generators",
        "template": "template",
        "go_template": "goTemplate",
        "go_template_options": "goTemplateOptions",
        "sync_policy": "syncPolicy",
    },
)
class ApplicationSetSpec:
    def __init__(
        self,
        *,
        generators: typing.Sequence[typing.Union["ApplicationSetSpecGenerators", typing.Dict[builtins.str, typing.Any]]],
        template: typing.Union["ApplicationSetSpecTemplate", typing.Dict[builtins.str, typing.Any]],
        go_template: typing.Optional[builtins.bool] = None,
        go_template_options: typing.Optional[typing.Sequence[builtins.str]] = None,
        sync_policy: typing.Optional[typing.Union["ApplicationSetSpecSyncPolicy", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> None:
        '''
        :param generators: 
        :param template: 
        :param go_template: 
        :param go_template_options: 
        :param sync_policy: 

        :schema: ApplicationSetSpec
        '''
        if isinstance(template, dict):
            template = ApplicationSetSpecTemplate(**template)
        if isinstance(sync_policy, dict):
            sync_policy = ApplicationSetSpecSyncPolicy(**sync_policy)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__35685366d2073647fd9032fb5bb5fad524b85602961c69fe942173fadaab74e3)
            check_type(argname="argument generators", value=generators, expected_type=type_hints["generators"])
            check_type(argname="argument template", value=template, expected_type=type_hints["template"])
            check_type(argname="argument go_template", value=go_template, expected_type=type_hints["go_template"])
            check_type(argname="argument go_template_options", value=go_template_options, expected_type=type_hints["go_template_options"])
            check_type(argname="argument sync_policy", value=sync_policy, expected_type=type_hints["sync_policy"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "generators": generators,
            "template": template,
        }
        if go_template is not None:
            self._values["go_template"] = go_template
        if go_template_options is not None:
            self._values["go_template_options"] = go_template_options
        if sync_policy is not None:
            self._values["sync_policy"] = sync_policy

    @builtins.property
    def generators(self) -> typing.List["ApplicationSetSpecGenerators"]:
        '''
        :schema: ApplicationSetSpec#generators
        '''
        result = self._values.get("generators")
        assert result is not None, "Required property 'generators' is missing"
        return typing.cast(typing.List["ApplicationSetSpecGenerators"], result)

    @builtins.property
    def template(self) -> "ApplicationSetSpecTemplate":
        '''
        :schema: ApplicationSetSpec#template
        '''
        result = self._values.get("template")
        assert result is not None, "Required property 'template' is missing"
        return typing.cast("ApplicationSetSpecTemplate", result)

    @builtins.property
    def go_template(self) -> typing.Optional[builtins.bool]:
        '''
        :schema: ApplicationSetSpec#goTemplate
        '''
        result = self._values.get("go_template")
        return typing.cast(typing.Optional[builtins.bool], result)

    @builtins.property
    def go_template_options(self) -> typing.Optional[typing.List[builtins.str]]:
        '''
        :schema: ApplicationSetSpec#goTemplateOptions
        '''
        result = self._values.get("go_template_options")
        return typing.cast(typing.Optional[typing.List[builtins.str]], result)

    @builtins.property
    def sync_policy(self) -> typing.Optional["ApplicationSetSpecSyncPolicy"]:
        '''
        :schema: ApplicationSetSpec#syncPolicy
        '''
        result = self._values.get("sync_policy")
        return typing.cast(typing.Optional["ApplicationSetSpecSyncPolicy"], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpec(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecGenerators",
    jsii_struct_bases=[],
    name_mapping={"git": "git"},
)
class ApplicationSetSpecGenerators:
    def __init__(
        self,
        *,
        git: typing.Optional[typing.Union["ApplicationSetSpecGeneratorsGit", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> None:
        '''
        :param git: 

        :schema: ApplicationSetSpecGenerators
        '''
        if isinstance(git, dict):
            git = ApplicationSetSpecGeneratorsGit(**git)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__a4a3f86eb47521005c22d39d52f091df9f18698c0758ba745a248039cea26cbf)
            check_type(argname="argument git", value=git, expected_type=type_hints["git"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if git is not None:
            self._values["git"] = git

    @builtins.property
    def git(self) -> typing.Optional["ApplicationSetSpecGeneratorsGit"]:
        '''
        :schema: ApplicationSetSpecGenerators#git
        '''
        result = self._values.get("git")
        return typing.cast(typing.Optional["ApplicationSetSpecGeneratorsGit"], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecGenerators(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecGeneratorsGit",
    jsii_struct_bases=[],
    name_mapping={
        "repo_url": "repoUrl",
        "revision": "revision",
        "directories": "directories",
    },
)
class ApplicationSetSpecGeneratorsGit:
    def __init__(
        self,
        *,
        repo_url: builtins.str,
        revision: builtins.str,
        directories: typing.Optional[typing.Sequence[typing.Union["ApplicationSetSpecGeneratorsGitDirectories", typing.Dict[builtins.str, typing.Any]]]] = None,
    ) -> None:
        '''
        :param repo_url: 
        :param revision: 
        :param directories: 

        :schema: ApplicationSetSpecGeneratorsGit
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__7d504e0eacd298e4dd7afae25c197e26fc30d997d6f1b6fa2322cddefba5c005)
            check_type(argname="argument repo_url", value=repo_url, expected_type=type_hints["repo_url"])
            check_type(argname="argument revision", value=revision, expected_type=type_hints["revision"])
            check_type(argname="argument directories", value=directories, expected_type=type_hints["directories"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "repo_url": repo_url,
            "revision": revision,
        }
        if directories is not None:
            self._values["directories"] = directories

    @builtins.property
    def repo_url(self) -> builtins.str:
        '''
        :schema: ApplicationSetSpecGeneratorsGit#repoURL
        '''
        result = self._values.get("repo_url")
        assert result is not None, "Required property 'repo_url' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def revision(self) -> builtins.str:
        '''
        :schema: ApplicationSetSpecGeneratorsGit#revision
        '''
        result = self._values.get("revision")
        assert result is not None, "Required property 'revision' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def directories(
        self,
    ) -> typing.Optional[typing.List["ApplicationSetSpecGeneratorsGitDirectories"]]:
        '''
        :schema: ApplicationSetSpecGeneratorsGit#directories
        '''
        result = self._values.get("directories")
        return typing.cast(typing.Optional[typing.List["ApplicationSetSpecGeneratorsGitDirectories"]], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecGeneratorsGit(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecGeneratorsGitDirectories",
    jsii_struct_bases=[],
    name_mapping={"path": "path", "exclude": "exclude"},
)
class ApplicationSetSpecGeneratorsGitDirectories:
    def __init__(
        self,
        *,
        path: builtins.str,
        exclude: typing.Optional[builtins.bool] = None,
    ) -> None:
        '''
        :param path: 
        :param exclude: 

        :schema: ApplicationSetSpecGeneratorsGitDirectories
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__9377085fd0dbe8196d83e269015ed9f72430db10e45317743eb7af4ae87f8d8f)
            check_type(argname="argument path", value=path, expected_type=type_hints["path"])
            check_type(argname="argument exclude", value=exclude, expected_type=type_hints["exclude"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "path": path,
        }
        if exclude is not None:
            self._values["exclude"] = exclude

    @builtins.property
    def path(self) -> builtins.str:
        '''
        :schema: ApplicationSetSpecGeneratorsGitDirectories#path
        '''
        result = self._values.get("path")
        assert result is not None, "Required property 'path' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def exclude(self) -> typing.Optional[builtins.bool]:
        '''
        :schema: ApplicationSetSpecGeneratorsGitDirectories#exclude
        '''
        result = self._values.get("exclude")
        return typing.cast(typing.Optional[builtins.bool], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecGeneratorsGitDirectories(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecSyncPolicy",
    jsii_struct_bases=[],
    name_mapping={"preserve_resources_on_deletion": "preserveResourcesOnDeletion"},
)
class ApplicationSetSpecSyncPolicy:
    def __init__(
        self,
        *,
        preserve_resources_on_deletion: typing.Optional[builtins.bool] = None,
    ) -> None:
        '''
        :param preserve_resources_on_deletion: Whether objects stay when their Application goes.

        :schema: ApplicationSetSpecSyncPolicy
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__0b8d82e2c1cb8bba1bb5e05a353a7359f6d5fe4142a356ea8b6753116d6fe9e7)
            check_type(argname="argument preserve_resources_on_deletion", value=preserve_resources_on_deletion, expected_type=type_hints["preserve_resources_on_deletion"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if preserve_resources_on_deletion is not None:
            self._values["preserve_resources_on_deletion"] = preserve_resources_on_deletion

    @builtins.property
    def preserve_resources_on_deletion(self) -> typing.Optional[builtins.bool]:
        '''Whether objects stay when their Application goes.

        :schema: ApplicationSetSpecSyncPolicy#preserveResourcesOnDeletion
        '''
        result = self._values.get("preserve_resources_on_deletion")
        return typing.cast(typing.Optional[builtins.bool], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecSyncPolicy(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplate",
    jsii_struct_bases=[],
    name_mapping={"metadata": "metadata", "spec": "spec"},
)
class ApplicationSetSpecTemplate:
    def __init__(
        self,
        *,
        metadata: typing.Union["ApplicationSetSpecTemplateMetadata", typing.Dict[builtins.str, typing.Any]],
        spec: typing.Union["ApplicationSetSpecTemplateSpec", typing.Dict[builtins.str, typing.Any]],
    ) -> None:
        '''
        :param metadata: 
        :param spec: 

        :schema: ApplicationSetSpecTemplate
        '''
        if isinstance(metadata, dict):
            metadata = ApplicationSetSpecTemplateMetadata(**metadata)
        if isinstance(spec, dict):
            spec = ApplicationSetSpecTemplateSpec(**spec)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__81095bf246b2a7415fa96dbe8f50aaba94e7a7816a3e94cbaa142f7418c84f09)
            check_type(argname="argument metadata", value=metadata, expected_type=type_hints["metadata"])
            check_type(argname="argument spec", value=spec, expected_type=type_hints["spec"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "metadata": metadata,
            "spec": spec,
        }

    @builtins.property
    def metadata(self) -> "ApplicationSetSpecTemplateMetadata":
        '''
        :schema: ApplicationSetSpecTemplate#metadata
        '''
        result = self._values.get("metadata")
        assert result is not None, "Required property 'metadata' is missing"
        return typing.cast("ApplicationSetSpecTemplateMetadata", result)

    @builtins.property
    def spec(self) -> "ApplicationSetSpecTemplateSpec":
        '''
        :schema: ApplicationSetSpecTemplate#spec
        '''
        result = self._values.get("spec")
        assert result is not None, "Required property 'spec' is missing"
        return typing.cast("ApplicationSetSpecTemplateSpec", result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplate(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateMetadata",
    jsii_struct_bases=[],
    name_mapping={"name": "name"},
)
class ApplicationSetSpecTemplateMetadata:
    def __init__(self, *, name: typing.Optional[builtins.str] = None) -> None:
        '''
        :param name: 

        :schema: ApplicationSetSpecTemplateMetadata
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__6023b8963fe6afdbbb402690792b185ae46787b595486171c0e7c27a6194375c)
            check_type(argname="argument name", value=name, expected_type=type_hints["name"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if name is not None:
            self._values["name"] = name

    @builtins.property
    def name(self) -> typing.Optional[builtins.str]:
        '''
        :schema: ApplicationSetSpecTemplateMetadata#name
        '''
        result = self._values.get("name")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateMetadata(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpec",
    jsii_struct_bases=[],
    name_mapping={
        "destination": "destination",
        "project": "project",
        "source": "source",
        "sync_policy": "syncPolicy",
    },
)
class ApplicationSetSpecTemplateSpec:
    def __init__(
        self,
        *,
        destination: typing.Union["ApplicationSetSpecTemplateSpecDestination", typing.Dict[builtins.str, typing.Any]],
        project: builtins.str,
        source: typing.Optional[typing.Union["ApplicationSetSpecTemplateSpecSource", typing.Dict[builtins.str, typing.Any]]] = None,
        sync_policy: typing.Optional[typing.Union["ApplicationSetSpecTemplateSpecSyncPolicy", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> None:
        '''
        :param destination: 
        :param project: 
        :param source: 
        :param sync_policy: 

        :schema: ApplicationSetSpecTemplateSpec
        '''
        if isinstance(destination, dict):
            destination = ApplicationSetSpecTemplateSpecDestination(**destination)
        if isinstance(source, dict):
            source = ApplicationSetSpecTemplateSpecSource(**source)
        if isinstance(sync_policy, dict):
            sync_policy = ApplicationSetSpecTemplateSpecSyncPolicy(**sync_policy)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__d0ea9e49d70ed97351e71425acd4954967f7f1cab6588896ade6f9aa530082fd)
            check_type(argname="argument destination", value=destination, expected_type=type_hints["destination"])
            check_type(argname="argument project", value=project, expected_type=type_hints["project"])
            check_type(argname="argument source", value=source, expected_type=type_hints["source"])
            check_type(argname="argument sync_policy", value=sync_policy, expected_type=type_hints["sync_policy"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "destination": destination,
            "project": project,
        }
        if source is not None:
            self._values["source"] = source
        if sync_policy is not None:
            self._values["sync_policy"] = sync_policy

    @builtins.property
    def destination(self) -> "ApplicationSetSpecTemplateSpecDestination":
        '''
        :schema: ApplicationSetSpecTemplateSpec#destination
        '''
        result = self._values.get("destination")
        assert result is not None, "Required property 'destination' is missing"
        return typing.cast("ApplicationSetSpecTemplateSpecDestination", result)

    @builtins.property
    def project(self) -> builtins.str:
        '''
        :schema: ApplicationSetSpecTemplateSpec#project
        '''
        result = self._values.get("project")
        assert result is not None, "Required property 'project' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def source(self) -> typing.Optional["ApplicationSetSpecTemplateSpecSource"]:
        '''
        :schema: ApplicationSetSpecTemplateSpec#source
        '''
        result = self._values.get("source")
        return typing.cast(typing.Optional["ApplicationSetSpecTemplateSpecSource"], result)

    @builtins.property
    def sync_policy(
        self,
    ) -> typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicy"]:
        '''
        :schema: ApplicationSetSpecTemplateSpec#syncPolicy
        '''
        result = self._values.get("sync_policy")
        return typing.cast(typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicy"], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpec(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpecDestination",
    jsii_struct_bases=[],
    name_mapping={"namespace": "namespace", "server": "server"},
)
class ApplicationSetSpecTemplateSpecDestination:
    def __init__(
        self,
        *,
        namespace: typing.Optional[builtins.str] = None,
        server: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param namespace: 
        :param server: 

        :schema: ApplicationSetSpecTemplateSpecDestination
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__ad20db613975cc74ef30cfdd6e62bdd1c7f6f07c090f6a6e9f39eea5ce55d27d)
            check_type(argname="argument namespace", value=namespace, expected_type=type_hints["namespace"])
            check_type(argname="argument server", value=server, expected_type=type_hints["server"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if namespace is not None:
            self._values["namespace"] = namespace
        if server is not None:
            self._values["server"] = server

    @builtins.property
    def namespace(self) -> typing.Optional[builtins.str]:
        '''
        :schema: ApplicationSetSpecTemplateSpecDestination#namespace
        '''
        result = self._values.get("namespace")
        return typing.cast(typing.Optional[builtins.str], result)

    @builtins.property
    def server(self) -> typing.Optional[builtins.str]:
        '''
        :schema: ApplicationSetSpecTemplateSpecDestination#server
        '''
        result = self._values.get("server")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpecDestination(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpecSource",
    jsii_struct_bases=[],
    name_mapping={
        "repo_url": "repoUrl",
        "path": "path",
        "target_revision": "targetRevision",
    },
)
class ApplicationSetSpecTemplateSpecSource:
    def __init__(
        self,
        *,
        repo_url: builtins.str,
        path: typing.Optional[builtins.str] = None,
        target_revision: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param repo_url: 
        :param path: 
        :param target_revision: 

        :schema: ApplicationSetSpecTemplateSpecSource
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__d6b20e5ec631477f41fdbc845c0c62e68814f30952ed7be835d6fa303e5db2fd)
            check_type(argname="argument repo_url", value=repo_url, expected_type=type_hints["repo_url"])
            check_type(argname="argument path", value=path, expected_type=type_hints["path"])
            check_type(argname="argument target_revision", value=target_revision, expected_type=type_hints["target_revision"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "repo_url": repo_url,
        }
        if path is not None:
            self._values["path"] = path
        if target_revision is not None:
            self._values["target_revision"] = target_revision

    @builtins.property
    def repo_url(self) -> builtins.str:
        '''
        :schema: ApplicationSetSpecTemplateSpecSource#repoURL
        '''
        result = self._values.get("repo_url")
        assert result is not None, "Required property 'repo_url' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def path(self) -> typing.Optional[builtins.str]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSource#path
        '''
        result = self._values.get("path")
        return typing.cast(typing.Optional[builtins.str], result)

    @builtins.property
    def target_revision(self) -> typing.Optional[builtins.str]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSource#targetRevision
        '''
        result = self._values.get("target_revision")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpecSource(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpecSyncPolicy",
    jsii_struct_bases=[],
    name_mapping={
        "automated": "automated",
        "retry": "retry",
        "sync_options": "syncOptions",
    },
)
class ApplicationSetSpecTemplateSpecSyncPolicy:
    def __init__(
        self,
        *,
        automated: typing.Optional[typing.Union["ApplicationSetSpecTemplateSpecSyncPolicyAutomated", typing.Dict[builtins.str, typing.Any]]] = None,
        retry: typing.Optional[typing.Union["ApplicationSetSpecTemplateSpecSyncPolicyRetry", typing.Dict[builtins.str, typing.Any]]] = None,
        sync_options: typing.Optional[typing.Sequence[builtins.str]] = None,
    ) -> None:
        '''
        :param automated: 
        :param retry: 
        :param sync_options: 

        :schema: ApplicationSetSpecTemplateSpecSyncPolicy
        '''
        if isinstance(automated, dict):
            automated = ApplicationSetSpecTemplateSpecSyncPolicyAutomated(**automated)
        if isinstance(retry, dict):
            retry = ApplicationSetSpecTemplateSpecSyncPolicyRetry(**retry)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__0fbcf42de10952d26c1e987923e7dd2bc62a0d038a79c0c071d2498c840af9e2)
            check_type(argname="argument automated", value=automated, expected_type=type_hints["automated"])
            check_type(argname="argument retry", value=retry, expected_type=type_hints["retry"])
            check_type(argname="argument sync_options", value=sync_options, expected_type=type_hints["sync_options"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if automated is not None:
            self._values["automated"] = automated
        if retry is not None:
            self._values["retry"] = retry
        if sync_options is not None:
            self._values["sync_options"] = sync_options

    @builtins.property
    def automated(
        self,
    ) -> typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicyAutomated"]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicy#automated
        '''
        result = self._values.get("automated")
        return typing.cast(typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicyAutomated"], result)

    @builtins.property
    def retry(self) -> typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicyRetry"]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicy#retry
        '''
        result = self._values.get("retry")
        return typing.cast(typing.Optional["ApplicationSetSpecTemplateSpecSyncPolicyRetry"], result)

    @builtins.property
    def sync_options(self) -> typing.Optional[typing.List[builtins.str]]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicy#syncOptions
        '''
        result = self._values.get("sync_options")
        return typing.cast(typing.Optional[typing.List[builtins.str]], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpecSyncPolicy(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpecSyncPolicyAutomated",
    jsii_struct_bases=[],
    name_mapping={"prune": "prune", "self_heal": "selfHeal"},
)
class ApplicationSetSpecTemplateSpecSyncPolicyAutomated:
    def __init__(
        self,
        *,
        prune: typing.Optional[builtins.bool] = None,
        self_heal: typing.Optional[builtins.bool] = None,
    ) -> None:
        '''
        :param prune: 
        :param self_heal: 

        :schema: ApplicationSetSpecTemplateSpecSyncPolicyAutomated
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__f35b457ff1932502d06ce9a88a1518cd5b59570650d6e33362b9cad17fac5ebd)
            check_type(argname="argument prune", value=prune, expected_type=type_hints["prune"])
            check_type(argname="argument self_heal", value=self_heal, expected_type=type_hints["self_heal"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if prune is not None:
            self._values["prune"] = prune
        if self_heal is not None:
            self._values["self_heal"] = self_heal

    @builtins.property
    def prune(self) -> typing.Optional[builtins.bool]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicyAutomated#prune
        '''
        result = self._values.get("prune")
        return typing.cast(typing.Optional[builtins.bool], result)

    @builtins.property
    def self_heal(self) -> typing.Optional[builtins.bool]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicyAutomated#selfHeal
        '''
        result = self._values.get("self_heal")
        return typing.cast(typing.Optional[builtins.bool], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpecSyncPolicyAutomated(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="ioargoproj.ApplicationSetSpecTemplateSpecSyncPolicyRetry",
    jsii_struct_bases=[],
    name_mapping={"limit": "limit", "refresh": "refresh"},
)
class ApplicationSetSpecTemplateSpecSyncPolicyRetry:
    def __init__(
        self,
        *,
        limit: typing.Optional[jsii.Number] = None,
        refresh: typing.Optional[builtins.bool] = None,
    ) -> None:
        '''
        :param limit: 
        :param refresh: 

        :schema: ApplicationSetSpecTemplateSpecSyncPolicyRetry
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__0e52f8a89142ee3a09d9b5150d72fd9e1d9a11833d7c5ce0808d003cdac81612)
            check_type(argname="argument limit", value=limit, expected_type=type_hints["limit"])
            check_type(argname="argument refresh", value=refresh, expected_type=type_hints["refresh"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if limit is not None:
            self._values["limit"] = limit
        if refresh is not None:
            self._values["refresh"] = refresh

    @builtins.property
    def limit(self) -> typing.Optional[jsii.Number]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicyRetry#limit
        '''
        result = self._values.get("limit")
        return typing.cast(typing.Optional[jsii.Number], result)

    @builtins.property
    def refresh(self) -> typing.Optional[builtins.bool]:
        '''
        :schema: ApplicationSetSpecTemplateSpecSyncPolicyRetry#refresh
        '''
        result = self._values.get("refresh")
        return typing.cast(typing.Optional[builtins.bool], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "ApplicationSetSpecTemplateSpecSyncPolicyRetry(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


__all__ = [
    "AppProject",
    "AppProjectProps",
    "AppProjectSpec",
    "AppProjectSpecClusterResourceWhitelist",
    "AppProjectSpecDestinations",
    "AppProjectSpecNamespaceResourceWhitelist",
    "ApplicationSet",
    "ApplicationSetProps",
    "ApplicationSetSpec",
    "ApplicationSetSpecGenerators",
    "ApplicationSetSpecGeneratorsGit",
    "ApplicationSetSpecGeneratorsGitDirectories",
    "ApplicationSetSpecSyncPolicy",
    "ApplicationSetSpecTemplate",
    "ApplicationSetSpecTemplateMetadata",
    "ApplicationSetSpecTemplateSpec",
    "ApplicationSetSpecTemplateSpecDestination",
    "ApplicationSetSpecTemplateSpecSource",
    "ApplicationSetSpecTemplateSpecSyncPolicy",
    "ApplicationSetSpecTemplateSpecSyncPolicyAutomated",
    "ApplicationSetSpecTemplateSpecSyncPolicyRetry",
]

publication.publish()

def _typecheckingstub__55be0a52f18acf3787b7c5cb2ff1892e30d89c103a580e1e1ea21d1b27f749a8(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    *,
    metadata: typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]],
    spec: typing.Union[AppProjectSpec, typing.Dict[builtins.str, typing.Any]],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__7c9d737c2bb68f2a5d3c5dd8cbf4e60345db2874ac6bd1ab23c5dcc3ff3ccfaa(
    *,
    metadata: typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]],
    spec: typing.Union[AppProjectSpec, typing.Dict[builtins.str, typing.Any]],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__cfd401a490e302e6849a76313748b104c693a07dbc6f25de00fec11d20981a01(
    *,
    cluster_resource_whitelist: typing.Optional[typing.Sequence[typing.Union[AppProjectSpecClusterResourceWhitelist, typing.Dict[builtins.str, typing.Any]]]] = None,
    description: typing.Optional[builtins.str] = None,
    destinations: typing.Optional[typing.Sequence[typing.Union[AppProjectSpecDestinations, typing.Dict[builtins.str, typing.Any]]]] = None,
    namespace_resource_whitelist: typing.Optional[typing.Sequence[typing.Union[AppProjectSpecNamespaceResourceWhitelist, typing.Dict[builtins.str, typing.Any]]]] = None,
    source_repos: typing.Optional[typing.Sequence[builtins.str]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__da54887346d884419379874958a4613ff94ef2d5e2cb4ce7091c6facb942cb77(
    *,
    group: builtins.str,
    kind: builtins.str,
    name: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__65ad8c6736c41bcee92f6d3c75eb7ab8d772e9db2c83b0ccefb46a5e5f620382(
    *,
    namespace: typing.Optional[builtins.str] = None,
    server: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__c74506df4f931a75e99289dc748dbcb5e0b93b7bb1f9aa59318a09ca572273de(
    *,
    group: builtins.str,
    kind: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__f5a21242cdf4dac363c1ce49a3236f210d2c938060dea6a7a3a84f602c89dc95(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    *,
    metadata: typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]],
    spec: typing.Union[ApplicationSetSpec, typing.Dict[builtins.str, typing.Any]],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__d7ee205516d3c5104f3388f0160e02da7f2fd644a8813d4e8d7b39a005839117(
    *,
    metadata: typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]],
    spec: typing.Union[ApplicationSetSpec, typing.Dict[builtins.str, typing.Any]],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__35685366d2073647fd9032fb5bb5fad524b85602961c69fe942173fadaab74e3(
    *,
    generators: typing.Sequence[typing.Union[ApplicationSetSpecGenerators, typing.Dict[builtins.str, typing.Any]]],
    template: typing.Union[ApplicationSetSpecTemplate, typing.Dict[builtins.str, typing.Any]],
    go_template: typing.Optional[builtins.bool] = None,
    go_template_options: typing.Optional[typing.Sequence[builtins.str]] = None,
    sync_policy: typing.Optional[typing.Union[ApplicationSetSpecSyncPolicy, typing.Dict[builtins.str, typing.Any]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__a4a3f86eb47521005c22d39d52f091df9f18698c0758ba745a248039cea26cbf(
    *,
    git: typing.Optional[typing.Union[ApplicationSetSpecGeneratorsGit, typing.Dict[builtins.str, typing.Any]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__7d504e0eacd298e4dd7afae25c197e26fc30d997d6f1b6fa2322cddefba5c005(
    *,
    repo_url: builtins.str,
    revision: builtins.str,
    directories: typing.Optional[typing.Sequence[typing.Union[ApplicationSetSpecGeneratorsGitDirectories, typing.Dict[builtins.str, typing.Any]]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__9377085fd0dbe8196d83e269015ed9f72430db10e45317743eb7af4ae87f8d8f(
    *,
    path: builtins.str,
    exclude: typing.Optional[builtins.bool] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__0b8d82e2c1cb8bba1bb5e05a353a7359f6d5fe4142a356ea8b6753116d6fe9e7(
    *,
    preserve_resources_on_deletion: typing.Optional[builtins.bool] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__81095bf246b2a7415fa96dbe8f50aaba94e7a7816a3e94cbaa142f7418c84f09(
    *,
    metadata: typing.Union[ApplicationSetSpecTemplateMetadata, typing.Dict[builtins.str, typing.Any]],
    spec: typing.Union[ApplicationSetSpecTemplateSpec, typing.Dict[builtins.str, typing.Any]],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__6023b8963fe6afdbbb402690792b185ae46787b595486171c0e7c27a6194375c(
    *,
    name: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__d0ea9e49d70ed97351e71425acd4954967f7f1cab6588896ade6f9aa530082fd(
    *,
    destination: typing.Union[ApplicationSetSpecTemplateSpecDestination, typing.Dict[builtins.str, typing.Any]],
    project: builtins.str,
    source: typing.Optional[typing.Union[ApplicationSetSpecTemplateSpecSource, typing.Dict[builtins.str, typing.Any]]] = None,
    sync_policy: typing.Optional[typing.Union[ApplicationSetSpecTemplateSpecSyncPolicy, typing.Dict[builtins.str, typing.Any]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__ad20db613975cc74ef30cfdd6e62bdd1c7f6f07c090f6a6e9f39eea5ce55d27d(
    *,
    namespace: typing.Optional[builtins.str] = None,
    server: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__d6b20e5ec631477f41fdbc845c0c62e68814f30952ed7be835d6fa303e5db2fd(
    *,
    repo_url: builtins.str,
    path: typing.Optional[builtins.str] = None,
    target_revision: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__0fbcf42de10952d26c1e987923e7dd2bc62a0d038a79c0c071d2498c840af9e2(
    *,
    automated: typing.Optional[typing.Union[ApplicationSetSpecTemplateSpecSyncPolicyAutomated, typing.Dict[builtins.str, typing.Any]]] = None,
    retry: typing.Optional[typing.Union[ApplicationSetSpecTemplateSpecSyncPolicyRetry, typing.Dict[builtins.str, typing.Any]]] = None,
    sync_options: typing.Optional[typing.Sequence[builtins.str]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__f35b457ff1932502d06ce9a88a1518cd5b59570650d6e33362b9cad17fac5ebd(
    *,
    prune: typing.Optional[builtins.bool] = None,
    self_heal: typing.Optional[builtins.bool] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__0e52f8a89142ee3a09d9b5150d72fd9e1d9a11833d7c5ce0808d003cdac81612(
    *,
    limit: typing.Optional[jsii.Number] = None,
    refresh: typing.Optional[builtins.bool] = None,
) -> None:
    """Type checking stubs"""
    pass
