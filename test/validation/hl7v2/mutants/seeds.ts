/**
 * The messages that mutants are made of: synthetic, of several versions and structures, and without an error under
 * `strict`.
 */

const header = (version: string, type: string): string =>
  `MSH|^~\\&|OAK|RIVERSIDE|HEALTHOS|GATEWAY|20260410083000||${type}|M4711|P|${version}`;

const pid =
  'PID|1||88123^^^RIVER^MR||NEWTON^ADA^L||19710508|F|||5 MILL LANE^^LAKEVIEW^OH^44001||(206)555-0100';
const pv1 = 'PV1|1|I|W4^12^A||||D77^REED^JOHN|||MED';
const observation = 'OBX|1|NM|718-7^Haemoglobin^LN||13.5|g/dL|12-16|N|||F|||20260410080000';
const report =
  'OBR|1|P100^OAK|F100^LAB|58410-2^Blood count^LN|||20260410080000|||||||||D77^REED^JOHN||||||20260410082500||LAB|F';

/** By name: structure and version. */
export const seeds: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'ADT_A01 2.1',
    [
      header('2.1', 'ADT^A01'),
      'EVN|A01|20260410082900',
      'PID|1||88123||NEWTON^ADA^L||19710508|F',
      'NK1|1|NEWTON^TOM|SPO',
      'PV1|1|I|W4',
      'DG1|1|I9||CHEST PAIN|20260410|A',
    ],
  ],
  [
    'ADT_A01 2.2',
    [
      header('2.2', 'ADT^A01'),
      'EVN|A01|20260410082900',
      'PID|1||88123||NEWTON^ADA^L||19710508|F',
      'NK1|1|NEWTON^TOM|SPO',
      'PV1|1|I|W4^12^A',
      'AL1|1|DA|70618^PENICILLIN|MO|HIVES|19990101',
      'DG1|1|I9||CHEST PAIN|20260410|A',
    ],
  ],
  [
    'ADT_A02 2.3',
    [
      header('2.3', 'ADT^A02'),
      'EVN|A02|20260410082900',
      pid.replace('^LAKEVIEW^OH^44001', '^LAKEVIEW'),
      'PV1|1|I|W4^12^A|E||W3^10^B|D77^REED^JOHN|||MED',
      observation.replace('20260410080000', '20260410'),
    ],
  ],
  [
    'ORU_R01 2.3',
    [
      header('2.3', 'ORU^R01'),
      pid,
      'ORC|RE|P100^OAK|F100^LAB||CM||^^^20260410080000^^R||20260410082500',
      `${report}||^^^20260410080000^^R`,
      observation,
      'NTE|1|L|Checked twice.',
    ],
  ],
  [
    'BAR_P01 2.3.1',
    [
      header('2.3.1', 'BAR^P01'),
      'EVN|P01|20260410082900',
      pid,
      pv1,
      'DG1|1||I20.9^Angina^I10||20260410|A',
      'GT1|1|G88|NEWTON^ADA',
      'IN1|1|PLAN7^Standard|INS01|NORTHERN MUTUAL||||||||20260101|20261231',
    ],
  ],
  [
    'ORM_O01 2.3.1',
    [
      header('2.3.1', 'ORM^O01'),
      pid,
      pv1,
      'ORC|NW|P100^OAK|||||^^^20260411080000^^R||20260410083000',
      'OBR|1|P100^OAK||71020^Chest X-ray^OAK|||20260411080000|||||||||||||||||RAD',
      'NTE|1|L|Patient uses a wheelchair.',
    ],
  ],
  ['ADT_A39 2.4', [header('2.4', 'ADT^A40^ADT_A39'), 'EVN|A40|20260410082900', pid, 'MRG|88124^^^RIVER^MR']],
  [
    'MFN_M02 2.4',
    [
      header('2.4', 'MFN^M02^MFN_M02'),
      'MFI|PRA^Practitioners^HL70175||UPD|||NE',
      'MFE|MAD|1|20260410|D77^REED|CE',
      'STF|D77|D77^^^RIVER|REED^JOHN|P|M|19650203|A',
      'PRA|D77|G4^Group',
    ],
  ],
  [
    'SIU_S12 2.4',
    [
      header('2.4', 'SIU^S12^SIU_S12'),
      'SCH|A100^OAK|||||ROUTINE^Routine^HL70276|CHECKUP^Check-up^HL70276||30|min^minutes^ISO+|^^30^20260411090000^20260411093000|||||D77^REED^JOHN||||D77^REED^JOHN',
      pid,
      'PV1|1|O|CL2',
      'RGS|1|A',
      'AIS|1|A|CONSULT^Consultation^OAK|20260411090000',
      'AIL|1|A|CL2^R1|C^Clinic',
    ],
  ],
  [
    'DFT_P03 2.5',
    [
      header('2.5', 'DFT^P03^DFT_P03'),
      'EVN||20260410082900',
      pid,
      pv1,
      'FT1|1|T100||20260410|20260410|CG|99213^Visit^C4',
      'DG1|1||I20.9^Angina^I10||20260410|A',
    ],
  ],
  [
    'OML_O21 2.5',
    [
      header('2.5', 'OML^O21^OML_O21'),
      pid,
      pv1,
      'ORC|NW|P100^OAK|||||||20260410083000|||D77^REED^JOHN',
      'TQ1|1||||||20260411080000||R',
      'OBR|1|P100^OAK||58410-2^Blood count^LN||||||||||||D77^REED^JOHN||||||||LAB',
      'DG1|1||D64.9^Anaemia^I10|||W',
    ],
  ],
  [
    'RDE_O11 2.5.1',
    [
      header('2.5.1', 'RDE^O11^RDE_O11'),
      pid,
      pv1,
      'ORC|NW|P100^OAK|||||||20260410083000|||D77^REED^JOHN',
      'RXE||311036^Paracetamol 500 mg^RXNORM|1||TAB^Tablet^HL70000|||||20|TAB^Tablet',
      'TQ1|1||QID',
      'RXR|PO^Oral^HL70162',
    ],
  ],
  [
    'ORU_R01 2.5.1',
    [
      header('2.5.1', 'ORU^R01^ORU_R01'),
      pid,
      pv1,
      'ORC|RE|P100^OAK|F100^LAB||CM',
      report,
      observation,
      'OBX|2|DT|67803-7^Date of dialysis^LN||20260301||||||F',
      'NTE|1|L|Checked twice.',
      'SPM|1|||BLD^Whole blood^HL70487',
    ],
  ],
  [
    'VXU_V04 2.5.1',
    [
      header('2.5.1', 'VXU^V04^VXU_V04'),
      pid,
      'NK1|1|NEWTON^TOM|SPO^Spouse^HL70063',
      'ORC|RE|P100^OAK|F100^OAK',
      'RXA|0|1|20260410082000|20260410082000|08^Hep B^CVX|0.5|mL^milliliter^UCUM',
      'RXR|IM^Intramuscular^HL70162|LA^Left arm^HL70163',
    ],
  ],
  [
    'MDM_T02 2.6',
    [
      header('2.6', 'MDM^T02^MDM_T02'),
      'EVN||20260410082900',
      pid,
      pv1,
      'TXA|1|DS|TX|||20260410082000||||||D100^OAK|||||LA',
      'OBX|1|TX|18842-5^Discharge summary^LN||Home in good condition.||||||F',
    ],
  ],
  [
    'ADT_A01 2.7',
    [
      header('2.7', 'ADT^A01^ADT_A01'),
      'EVN||20260410082900',
      'PID|1||88123^^^RIVER^MR||NEWTON^ADA^L||19710508|F',
      pv1,
      'AL1|1||70618^Penicillin^RXNORM',
      'DG1|1||I20.9^Angina^I10||20260410|A',
    ],
  ],
  [
    'ORU_R01 2.8.2',
    [
      header('2.8.2', 'ORU^R01^ORU_R01'),
      'PID|1||88123^^^RIVER^MR||NEWTON^ADA^L||19710508|F',
      'ORC|RE|P100^OAK|F100^LAB||CM',
      'OBR|1|P100^OAK|F100^LAB|58410-2^Blood count^LN|||20260410080000|||||||||D77^REED^JOHN||||||20260410082500||LAB|F',
      observation,
    ],
  ],
]);

export const textOf = (segments: readonly string[]): string => `${segments.join('\r')}\r`;
