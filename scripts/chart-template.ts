/**
 * The chart's template of a CustomResourceDefinition. It contains the definition as text, because Helm would read
 * large numbers as floating point and write them in a form that the API server refuses.
 */
export function chartTemplate(header: string, crd: string): string {
  const metadata = /^metadata:\n {2}name: (.*)\n/m;
  if (!metadata.test(crd)) throw new Error('Expected metadata that begin with a name');
  const body = crd.replaceAll('{{', '{{ "{{" }}').replace(
    metadata,
    (_all, name) => `metadata:
  name: ${name}
  {{- include "sso.meta" (dict "root" . "annotations" (ternary $keep dict .Values.crds.keep)) | nindent 2 }}
`,
  );
  return `{{- /* ${header} */ -}}
{{- if .Values.crds.enabled }}
{{- $keep := dict "helm.sh/resource-policy" "keep" }}
${body}{{- end }}
`;
}
