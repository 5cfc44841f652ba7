/** What everyone may know of this controller, as rows. */

export interface AuthorityTables {
  facts: Fact;
}

/** Its address, its pin, its roots. */
export interface Fact {
  key: string;
  value: string;
}
