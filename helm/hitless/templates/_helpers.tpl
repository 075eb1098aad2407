{{/* Names and labels, used by all templates. */}}

{{- define "hitless.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The beginning of every object's name: the release, with the chart unless the release says that already. */}}
{{- define "hitless.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "hitless.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "hitless.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "hitless.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (printf "%s-controller" (include "hitless.fullname" .)) -}}
{{- end -}}

{{/* What selects the controller's Pods. Never changed: a Deployment's selector cannot be. */}}
{{- define "hitless.selectorLabels" -}}
app.kubernetes.io/name: {{ include "hitless.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{- define "hitless.labels" -}}
app.kubernetes.io/name: {{ include "hitless.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: hitless
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}
