/** Columns of an `AppTable`. */
export interface Column<Row> {
  key: string
  title: string
  align?: 'right' | 'center'
  width?: string
  isMono?: boolean
  /** The cell's text when no slot draws it. */
  text?: (row: Row) => string
}
