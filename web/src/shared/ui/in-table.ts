/** Tells what stands in a table that it does, so that it takes little room. */
import type { InjectionKey } from 'vue'

export const IN_TABLE: InjectionKey<boolean> = Symbol('in a table')
