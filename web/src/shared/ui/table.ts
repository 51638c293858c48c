/** Columns of an `AppTable`. */
export interface Column<Row> {
  key: string
  title: string
  align?: 'right' | 'center'
  width?: string
  isMono?: boolean
  /** Whether its words stay on one line, such as a time. */
  isOneLine?: boolean
  /** On a phone a row is a card: beside its head, or over its whole width. */
  phone?: 'corner' | 'wide'
  /** The cell's text when no slot draws it. */
  text?: (row: Row) => string
}
