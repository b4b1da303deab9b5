/**
 * Where our verdict is another than the one that is published, and why: each has been looked at, and stands.
 */

/** Official R4 examples in which we find an error under `strict`. */
export const defectiveExamples: Readonly<Record<string, string>> = {
  'Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json':
    'A fullUrl ends with the type and id of another resource than its entry has.',
  'Bundle-hla-1.json': 'Its extension has a part that the definition of that extension does not have.',
  'Bundle-lri-example.json': 'The fullUrls end with ids that their resources do not have.',
  'DeviceUseStatement-example.json': 'reasonReference leads to a Procedure, which R4 does not allow.',
  'DiagnosticReport-example-pgx.json': 'The hash of the attachment is not the SHA-1 of its data.',
  'EventDefinition-example.json': 'The narrative has no content.',
  'MedicationRequest-medrx0301.json':
    'dispenseRequest.performer leads to a Practitioner, not to an Organization.',
  'Observation-clinical-gender.json': 'performer leads to an Encounter, which R4 does not allow.',
  'Questionnaire-qs1.json': 'Questions have no linkId.',
  'SearchParameter-codesystem-extensions-CodeSystem-workflow.json': 'base is missing.',
  'SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json':
    'The id has more than 64 characters.',
  'SearchParameter-valueset-extensions-ValueSet-keyword.json': 'base is missing.',
  'SearchParameter-valueset-extensions-ValueSet-workflow.json': 'base is missing.',
  'StructureDefinition-FiveWs.json': 'It is not abstract and names no base (sdf-4).',
};

/** Cases of HL7's manifest on which we do not agree with the official validator. */
export const manifestDisagreements: Readonly<Record<string, string>> = {
  'contained-resource-bad-id-ignore.json':
    'It is run with the finding switched off: the contained id has 65 characters, and nothing refers to it.',
};
