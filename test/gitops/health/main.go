// The health of objects as GitOps tools see it: by Argo CD's Lua with a health.lua, by Flux with the healthCheckExprs of a
// Kustomization, and by kstatus, which Flux uses without such expressions. Reads one request from standard input.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/engine"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders"
	"github.com/fluxcd/cli-utils/pkg/object"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

type request struct {
	Lua           string                       `json:"lua"`
	Kustomization string                       `json:"kustomization"`
	Objects       []*unstructured.Unstructured `json:"objects"`
	// The cluster does not have the objects.
	Absent bool `json:"absent"`
}

type answer struct {
	Argo    argoHealth `json:"argo"`
	Flux    string     `json:"flux"`
	Kstatus string     `json:"kstatus"`
}

func main() {
	var asked request
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	var kustomization kustomizev1.Kustomization
	must(yaml.UnmarshalStrict([]byte(asked.Kustomization), &kustomization))
	fluxReader, err := cel.NewStatusReader(kustomization.Spec.HealthCheckExprs)
	must(err)
	answers := []answer{}
	for _, found := range asked.Objects {
		mapper, cluster := mapperFor(found), oneObject{found, asked.Absent}
		health, err := argo(asked.Lua, found)
		must(err)
		answers = append(answers, answer{
			Argo:    health,
			Flux:    cluster.statusBy(fluxReader(mapper)),
			Kstatus: cluster.statusBy(statusreaders.NewDefaultStatusReader(mapper)),
		})
	}
	must(json.NewEncoder(os.Stdout).Encode(answers))
}

func mapperFor(found *unstructured.Unstructured) meta.RESTMapper {
	kind := found.GroupVersionKind()
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{kind.GroupVersion()})
	mapper.Add(kind, meta.RESTScopeNamespace)
	return mapper
}

// A cluster that has one object, or has it no longer.
type oneObject struct {
	found  *unstructured.Unstructured
	absent bool
}

func (one oneObject) statusBy(reader engine.StatusReader) string {
	identifier := object.UnstructuredToObjMetadata(one.found)
	result, err := reader.ReadStatus(context.Background(), one, identifier)
	must(err)
	if result.Error != nil {
		return "Unknown: " + result.Error.Error()
	}
	return string(result.Status)
}

func (one oneObject) Get(_ context.Context, key client.ObjectKey, into *unstructured.Unstructured) error {
	if one.absent {
		return errors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	one.found.DeepCopyInto(into)
	return nil
}

func (oneObject) ListNamespaceScoped(context.Context, *unstructured.UnstructuredList, string, labels.Selector) error {
	return nil
}

func (oneObject) ListClusterScoped(context.Context, *unstructured.UnstructuredList, labels.Selector) error {
	return nil
}

func (oneObject) Sync(context.Context) error { return nil }

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
