/** Where in the standard a segment, a message and a data type are described. Chapters keep their numbers from version to version. */

const segments: ReadonlyMap<string, string> = byName({
  '2': 'MSH MSA ERR NTE SFT UAC DSC ADD BHS BTS FHS FTS',
  '3': 'EVN PID PD1 NK1 PV1 PV2 MRG AL1 IAM IAR DB1 PDA NPU ARV',
  '4': 'ORC BLG OBR TQ1 TQ2 RXO RXR RXC RXE RXD RXG RXA RXV ODS ODT RQD RQ1 RX1 ORO BPO BPX BTX BUI DON',
  '5': 'QRD QRF QAK QPD RCP QID RDF RDT EQL VTQ SPR ERQ URD URS QRI DSP',
  '6': 'FT1 DG1 DRG PR1 GT1 IN1 IN2 IN3 ACC UB1 UB2 ABS BLC RMI GP1 GP2',
  '7': 'OBX SPM CSR CSP CSS CTI PES PEO PCR PSH PDC FAC PRT',
  '8': 'MFI MFE MFA OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC LOC LCH LRL LDP LCC CDM PRC CM0 CM1 CM2',
  '9': 'TXA CON',
  '10': 'SCH ARQ APR RGS AIS AIG AIL AIP',
  '11': 'RF1 AUT PRD CTD',
  '12': 'GOL PRB PTH VAR REL',
  '13': 'EQU ISD SAC INV ECD ECR NDS CNS TCC TCD SID EQP',
  '14': 'NCK NST NSC',
  '15': 'STF PRA ORG AFF LAN EDU CER ROL',
  '16': 'PSS PSG PSL ADJ IVC IPR PMT PYE RFI',
  '17': 'ITM STZ VND PKG PCE IVT ILT SCD SDD SLT SCP',
});

/** By message code. */
const messages: ReadonlyMap<string, string> = byName({
  '2': 'ACK MCF',
  '3': 'ADT ADR',
  '4': 'ORM ORR OML ORL OMG ORG OMP ORP OMS ORS OMD ORD OMN ORN OMB ORB RDE RRE RDS RRD RGV RRG RAS RRA VXQ VXX VXU VXR BPS BRP BTS BRT',
  '5': 'QRY DSR UDM TBR QBP RSP',
  '6': 'BAR DFT',
  '7': 'ORU ORF OUL OPL CSU CRM PEX SUR',
  '8': 'MFN MFK MFQ MFR MFD',
  '9': 'MDM DOC',
  '10': 'SIU SRM SRR SQM SQR',
  '11': 'REF RRI RQI RPI RQA RPA RQP RPL RCI RCL CCF CCI CCM CCQ CCR CCU CQU',
  '12': 'PPR PGL PPP PPG PPV PRR PTR PPT',
  '13': 'ESU ESR SSU SSR INU INR EAC EAR EAN TCU TCR LSU LSR EAQ',
  '14': 'NMD NMQ NMR',
  '15': 'PMU',
  '16': 'EHC',
  '17': 'SLN SLR SMD SCN SDN SDR STC STI',
});

function byName(chapters: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(chapters).flatMap(([chapter, names]) =>
      names.split(' ').map((name): [string, string] => [name, `ch. ${chapter}`]),
    ),
  );
}

/** `ch. 3, PID-7` for a field or a segment, `ch. 7, ORU_R01` for a structure; as it is where its chapter is not known. */
export function withChapter(place: string): string {
  const chapter = (place[3] === '_' ? messages : segments).get(place.slice(0, 3));
  return chapter === undefined ? place : `${chapter}, ${place}`;
}

/** Data types have a chapter of their own from 2.5 on. */
export function chapterOfType(version: string, type: string): string {
  return `${version !== '' && version < '2.5' ? 'ch. 2' : 'ch. 2A'}, ${type}`;
}
