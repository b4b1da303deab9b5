/** Takes a finding; the location is within the transaction, such as `2000A/HL[3]-01`. */
export type LocalReport = (rule: string, location: string, message: string) => void;
