/**
 * Where the sources disagree, or say something that cannot be, and no general rule decides (`fields.ts`, `structures.ts`):
 * what is taken, and why. `docs/hl7v2-tables.md` is written from these rows.
 */

export interface StructureDecision {
  readonly version: string;
  readonly structure: string;
  /** In the notation of the tables. */
  readonly taken: string;
  readonly because: string;
}

const orderDetail21 = 'ORDER_DETAIL( CHOICE< OBR ORO RX1 > NTE* OBSERVATION( OBX NTE* )* )?';
const orderDetail22 = 'ORDER_DETAIL( CHOICE< OBR RQD RQ1 RXO ODS ODT > NTE* OBSERVATION( OBX NTE* )* )?';

export const structureDecisions: readonly StructureDecision[] = [
  {
    version: '2.1',
    structure: 'ADT_A03',
    taken: 'MSH EVN PID PV1',
    because: 'hl7apy leaves PV1 out; hl7-dictionary and every later version have it.',
  },
  {
    version: '2.1',
    structure: 'ORM_O01',
    taken: `MSH NTE* PATIENT( PID NTE* PV1? )? ORDER( ORC ${orderDetail21} BLG? )+`,
    because: 'hl7apy asks for OBR, ORO and RX1 together; they are a choice, and notes may follow each OBX.',
  },
  {
    version: '2.1',
    structure: 'ORR_O02',
    taken: 'MSH MSA NTE* RESPONSE( PATIENT( PID NTE* )? ORDER( ORC CHOICE< OBR ORO RX1 >? NTE* )+ )?',
    because: 'hl7apy asks for OBR, ORO and RX1 together; they are a choice.',
  },
  {
    version: '2.2',
    structure: 'ORM_O01',
    taken: `MSH NTE* PATIENT( PID NTE* PV1? )? ORDER( ORC ${orderDetail22} BLG? )+`,
    because: 'hl7apy demands a note at the end of every order; notes are optional and follow each OBX.',
  },
  {
    version: '2.3',
    structure: 'MFN_M06',
    taken: 'MSH MFI MF_CLIN_STUDY( MFE CM0 MF_PHASE_SCHED_DETAIL( CM1 CM2* )* )+',
    because: 'hl7apy gives it the segments of M04 (charges); M06 is the clinical study.',
  },
  {
    version: '2.3',
    structure: 'MFN_M10',
    taken: 'MSH MFI MF_TEST_BATTERIES( MFE BATTERY( OM5 OM4* )? )+',
    because: 'Both leave MFE out, which every entry of a master file has, here as in 2.3.1.',
  },
  {
    version: '2.5.1',
    structure: 'MFR_M04',
    taken: 'MSH SFT* MSA ERR* QAK? QRD QRF? MFI MF_QUERY( MFE CDM LCH* PRC* )+ DSC?',
    because: 'The notification that it answers, MFN_M04, has LCH.',
  },
  {
    version: '2.5.1',
    structure: 'RRE_O12',
    taken:
      'MSH MSA ERR* SFT* NTE* RESPONSE( PATIENT( PID NTE* )? ' +
      'ORDER( ORC TIMING( TQ1 TQ2* )* ENCODING( RXE NTE* TIMING_ENCODED( TQ1 TQ2* )+ RXR+ RXC* )? )+ )?',
    because: 'The order that it answers, RDE_O11, has notes after RXE.',
  },
];

export interface FieldDecision {
  readonly version: string;
  readonly field: string;
  readonly required: boolean;
  readonly because: string;
}

export const requirementDecisions: readonly FieldDecision[] = [
  {
    version: '2.1',
    field: 'OBX-5',
    required: false,
    because: 'A result may be without a value; later versions say so.',
  },
  { version: '2.3', field: 'ARQ-15', required: true, because: 'So says 2.3.1.' },
  { version: '2.3', field: 'CM1-2', required: true, because: 'So says 2.3.1.' },
  { version: '2.3', field: 'CSP-1', required: true, because: 'So says 2.3.1.' },
  { version: '2.3', field: 'NK1-7', required: false, because: 'It is optional in 2.2 and in 2.3.1.' },
];

/** Events of structures that the sources name in some of their versions only: results from the point of care (ch. 7, R30 to R32). */
export const furtherEvents: readonly (readonly [event: string, structure: string])[] = [
  ['ORU_R31', 'ORU_R30'],
  ['ORU_R32', 'ORU_R30'],
];

/** Tables whose values stand elsewhere, or are ruled elsewhere: nothing is checked against what the sources list. */
export const openTables: ReadonlyMap<string, string> = new Map([
  ['0003', 'trigger events: checked against the events of the version'],
  ['0076', 'message types: checked against the messages of the version'],
  ['0104', 'versions: checked against those that there are tables for'],
  ['0125', 'data types: checked against those of the version'],
  ['0291', 'subtypes of media: IANA’s list, which grows'],
  ['0354', 'message structures: checked against those of the version'],
  ['0300', 'namespaces: each site has its own'],
  ['0335', 'repeat patterns: most are built from a number and a unit'],
  ['0359', 'priorities of diagnoses: numbers'],
  ['0361', 'applications: each site has its own'],
  ['0362', 'facilities: each site has its own'],
  ['0363', 'assigning authorities: each site has its own'],
  ['0391', 'names of groups: they differ from version to version'],
  ['0396', 'coding systems: sites name their own, and HL7 registers new ones between versions'],
  ['0399', 'countries: ISO 3166'],
  ['0418', 'priorities of procedures: numbers'],
  ['0485', 'priorities: most are built from a number and a unit'],
  ['0529', 'precision of times: its use ended before its values were settled'],
]);

/** What the sources list in place of codes: "and so on", or a remark. */
export const isPlaceholder = (code: string): boolean =>
  code === '' || /\.\.\.|…|<.*>|\?|^no suggested|^suggestion$|^not present$|\bor\b|nnn|xxx|zzz/i.test(code);

/** Codes that one version or the standard's text has, and neither source. */
export const furtherCodes: ReadonlyMap<string, readonly string[]> = new Map([
  // MSH-18 is empty for ASCII, and written out by some (ch. 2, MSH-18, 2.3 to 2.8).
  ['0211', ['UNICODE', 'UNICODE UTF-8', 'UNICODE UTF-16', 'UNICODE UTF-32']],
]);

/** OBX-2 is two characters long in these versions by their tables, whose data types CNE and CWE have names of three. */
export const valueTypeLength = { versions: ['2.4', '2.5', '2.5.1'], field: 'OBX_2', length: 3 };
