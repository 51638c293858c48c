/** What other features may use of markings. */
export { default as LayerPanel } from './components/LayerPanel.vue'
export { default as RestsOnMarked } from './components/RestsOnMarked.vue'
