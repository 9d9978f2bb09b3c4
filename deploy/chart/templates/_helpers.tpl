{{- /* Labels and annotations of an object: `include "sso.meta" (dict "root" . "labels" … "annotations" …)`. */ -}}
{{- define "sso.meta" -}}
{{- $root := .root -}}
labels:
  {{- $own := dict
    "app.kubernetes.io/name" $root.Values.name
    "app.kubernetes.io/instance" $root.Release.Name
    "app.kubernetes.io/version" ($root.Chart.AppVersion | replace "+" "_")
    "app.kubernetes.io/managed-by" $root.Release.Service
    "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") }}
  {{- toYaml (mergeOverwrite (dict) $root.Values.labels (.labels | default dict) $own) | nindent 2 }}
{{- with mergeOverwrite (dict) $root.Values.annotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Name of an image: `include "sso.image" (dict "root" . "image" …)`. */ -}}
{{- define "sso.image" -}}
{{- with .root.Values.registry }}{{ . }}/{{ end }}{{ .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end -}}

{{- define "sso.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Values.name }}
{{- end -}}

{{- /* Subjects of a binding. */ -}}
{{- define "sso.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "sso.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}

{{- /* Rights in a namespace, or in all. No Secrets, no volumes, no logs, no exec. */ -}}
{{- define "sso.rules" -}}
- apiGroups: [sessionstore.dev]
  resources: [sessionstores]
  verbs: [get, list, watch]
- apiGroups: [sessionstore.dev]
  resources: [sessionstores/status]
  verbs: [update]
- apiGroups: [sessionstore.dev]
  resources: [sessionstores/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods, events]
  verbs: [get, list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{- /* Arguments of the operator. A flag whose value is empty is left out. */ -}}
{{- define "sso.args" -}}
{{- $flags := .Values.flags -}}
- operator
- --runner-image=$(RUNNER_IMAGE)
{{- if or .Values.pythonImage.enabled $flags.pythonRunnerImage }}
- --python-runner-image=$(PYTHON_IMAGE)
{{- end }}
{{- $single := dict
  "runner-image-pull-policy" $flags.runnerImagePullPolicy
  "installation-id" $flags.installationId
  "concurrency" $flags.concurrency
  "health-port" $flags.healthPort
  "metrics-port" $flags.metricsPort
  "leader-elect" $flags.leaderElect
  "leader-election-namespace" $flags.leaderElectionNamespace
  "retry-min" $flags.retryMin
  "retry-max" $flags.retryMax
  "claim-check-interval" $flags.claimCheckInterval
  "log-level" $flags.logLevel }}
{{- range $flag, $value := $single }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- {{ printf "--%s=%s" $flag (toString $value) | quote }}
{{- end }}
{{- end }}
{{- range $flags.watchNamespaces }}
- {{ printf "--watch-namespace=%s" . | quote }}
{{- end }}
{{- range $flags.allowPodAnnotations }}
- {{ printf "--allow-pod-annotations=%s" . | quote }}
{{- end }}
{{- range $key, $value := $flags.childLabels }}
- {{ printf "--child-label=%s=%s" $key $value | quote }}
{{- end }}
{{- range $key, $value := $flags.childAnnotations }}
- {{ printf "--child-annotation=%s=%s" $key $value | quote }}
{{- end }}
{{- end -}}
