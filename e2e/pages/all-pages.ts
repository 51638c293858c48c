/** A page of the application: its place and its heading in both languages. */
export interface AppPage {
  path: string
  zh: string
  en: string
  /** Whether it shows nothing that has to be loaded first. */
  isStatic?: boolean
}

const PLAN = {
  zh: '衡阳市环境保护“十三五”规划',
  en: 'Hengyang environmental protection plan',
}

/** Every page, by the work that it is for. */
export const AREAS: Readonly<Record<string, readonly AppPage[]>> = {
  monitoring: [
    { path: '/', zh: '总览', en: 'Overview' },
    { path: '/map', zh: '', en: '' },
    { path: '/map/layers', zh: '地图图层', en: 'Layers of the map' },
    { path: '/rates', zh: '传输有效率', en: 'Transmission rates' },
    { path: '/points', zh: '监测点位', en: 'Monitoring points' },
    { path: '/points/1', zh: '模拟火电厂01', en: 'Simulated power plant 01' },
    { path: '/evaluations', zh: '评价计算', en: 'Evaluations', isStatic: true },
    { path: '/evaluations?view=stored', zh: '评价计算', en: 'Evaluations', isStatic: true },
    { path: '/verdict-changes', zh: '评价变更记录', en: 'Changed verdicts' },
    { path: '/packets', zh: '原始报文', en: 'Raw packets' },
  ],
  duty: [
    { path: '/alarms', zh: '报警', en: 'Alarms' },
    { path: '/duty', zh: '值班台', en: 'Duty desk' },
    { path: '/duty/report', zh: '自动监控值班日报', en: 'Daily' },
    { path: '/exceedances', zh: '超标数据', en: 'Exceedances' },
    { path: '/exemptions', zh: '计划停运', en: 'Planned' },
    { path: '/alarm-rules', zh: '报警规则', en: 'rules' },
    { path: '/alarm-rules/1', zh: '实时值超上限', en: 'Real-time value over its limit' },
    { path: '/marking-review', zh: '标记审核', en: 'Review of markings' },
    { path: '/manual-samples', zh: '手工监测', en: 'Manual samples' },
    { path: '/gaps', zh: '数据缺口', en: 'Data gaps' },
    { path: '/quarantine', zh: '隔离区', en: 'Quarantine' },
  ],
  register: [
    { path: '/sites', zh: '监控站点', en: 'Sites' },
    { path: '/sites/1', zh: '模拟火电厂01', en: 'Simulated power plant 01' },
    { path: '/sites/1/points/1', zh: '1号废气排口', en: 'Gas outlet 1' },
    { path: '/organisations', zh: '单位', en: 'Organisations' },
    { path: '/regions', zh: '行政区划', en: 'Regions' },
    { path: '/site-files', zh: '导入与导出', en: 'Import and export', isStatic: true },
    { path: '/devices', zh: '数采设备', en: 'Data loggers' },
    { path: '/devices/1', zh: '模拟火电厂01 数采仪', en: '' },
    { path: '/commands', zh: '反控指令', en: 'Commands' },
    { path: '/no-such-page', zh: '', en: '', isStatic: true },
    { path: '/retention', zh: '保存期限', en: 'Retention' },
    { path: '/forwarding', zh: '上级转发', en: 'Forwarding' },
  ],
  plan: [
    { path: '/plan', ...PLAN },
    { path: '/plan?view=indicators', ...PLAN },
    {
      path: '/plan/indicators/city_good_air?year=2019',
      zh: '市区空气质量优良率',
      en: 'Share of good-air days, city',
    },
    {
      path: '/plan/indicators/county_good_air?year=2019',
      zh: '县市环境空气质量优良率',
      en: 'Share of good-air days, counties',
    },
    {
      path: '/plan/measures/city_good_air_days?region=430400&year=2019',
      zh: '市区优良天数',
      en: 'Good-air days, city',
    },
    { path: '/plan?view=values', ...PLAN },
    { path: '/plan?view=accounts', ...PLAN },
    { path: '/plan?view=tasks', ...PLAN },
    { path: '/plan?view=projects', ...PLAN },
    { path: '/plan?view=text', ...PLAN },
    { path: '/plan?view=findings', ...PLAN },
  ],
  work: [
    { path: '/tasks', zh: '规划任务', en: 'Plan tasks' },
    { path: '/tasks?view=gantt', zh: '规划任务', en: 'Plan tasks' },
    { path: '/tasks?view=units', zh: '规划任务', en: 'Plan tasks' },
    { path: '/tasks?view=reminders', zh: '规划任务', en: 'Plan tasks' },
    { path: '/tasks/air_targets_2020', zh: '市区 PM2.5 浓度', en: 'City PM2.5 down' },
    { path: '/projects', zh: '重点项目库', en: 'Project pool' },
    { path: '/projects?view=balance', zh: '重点项目库', en: 'Project pool' },
    { path: '/projects?view=money', zh: '重点项目库', en: 'Project pool' },
    { path: '/projects?view=map', zh: '重点项目库', en: 'Project pool' },
    { path: '/assessments', zh: '评估考核', en: 'Assessments' },
    { path: '/public/assessments', zh: '规划实施情况评估结果', en: 'How the plan is being met' },
  ],
}
