/** What each alert is called and what to do about it, in Chinese. */
import type { AlertWords } from './say.ts';

export const alertsZh: Readonly<Record<string, AlertWords>> = {
  'network-lost': {
    title: '设备无法离开本地网络',
    cure: '请检查网线、交换机以及网络分配给设备的地址。同一网络里的人仍可聊天。',
  },
  'controller-lost': {
    title: '控制器没有回应',
    cure: '请确认控制器正在运行，且办公室防火墙允许设备访问它的端口。期间报告会留在设备上。',
  },
  'spool-growing': {
    title: '设备已连接，但报告越积越多',
    cure: '请查看控制器的负载和日志：设备发送得比它确认得快。',
  },
  'spool-dropping': {
    title: '为腾出空间丢弃了旧的测量数据',
    cure: '设备离线时间超过了它保存数据的时长。图表会有缺口；事件和结果都保留着。',
  },
  'clock-wrong': {
    title: '时钟错误',
    cure: '请让设备能访问时间服务器，或用 `timedatectl set-time` 手动设置。在此之前证书会被拒绝。',
  },
  'clock-unsynchronised': {
    title: '时钟没有同步',
    cure: '请确认网络允许设备访问时间服务器（NTP，UDP 123）。',
  },
  'certificate-day': {
    title: '设备证书将在一天内到期',
    cure: '请发送 `rotate-certificate`，或在设备上运行 `rockpool-provision renew`。到期后仍可凭身份密钥取得新证书。',
  },
  'certificate-week': {
    title: '设备证书将在一周内到期',
    cure: '设备已连续三周续期失败。请发送 `rotate-certificate` 并查看结果。',
  },
  'certificate-month': {
    title: '设备证书两天前就该续期',
    cure: '暂时无需处理，设备会继续尝试。若一直如此，请发送 `rotate-certificate` 并查看结果。',
  },
  'posture-missing': {
    title: '安全条件不满足，设备不为任何人服务',
    cure: '详情说明缺少什么。请在办公室打开设备的页面，或在设备上运行 `rockpool doctor`。',
  },
  'disk-read-only': {
    title: '数据磁盘无法写入',
    cure: 'Linux 发现磁盘损坏时会把它设为只读。请立即备份，然后检查磁盘并重启设备。',
  },
  'disk-full': {
    title: '数据磁盘已满',
    cure: '请立即删除文档或旧备份；消息和记忆已无法保存。',
  },
  'disk-filling': {
    title: '数据磁盘已用九成',
    cure: '请删除文档和旧备份，或准备更大的磁盘。',
  },
  'disk-worn': {
    title: '磁盘寿命将尽',
    cure: '写入量已达设计寿命的九成。请安排更换，并确认备份正常进行。',
  },
  'memory-short': {
    title: '内存不足',
    cure: '请选用更小的模型或更短的上下文，或停止设备上运行的其他程序。',
  },
  'killed-for-memory': {
    title: '因内存不足，Linux 结束了一个进程',
    cure: '请选用更小的模型或更短的上下文。如果结束的是模型，它已自动重新启动。',
  },
  'fan-stalled': {
    title: '风扇不转',
    cure: '请查看是否被线缆或灰尘卡住，必要时更换。过热时设备会降速或关机。',
  },
  'near-heat-limit': {
    title: '设备接近过热',
    cure: '请保持通风：清理通风口，不要放在封闭的柜子里或阳光下。',
  },
  'under-voltage': {
    title: '供电电压曾过低',
    cure: '请使用设备自带的电源和较短的线缆。这样的压降会损坏磁盘。',
  },
  'over-current': {
    title: '设备一再超出允许的电流',
    cure: '期间它会自行降速。请用 `nvpmodel` 选择更低的功耗模式，或检查电源。',
  },
  throttled: {
    title: '设备正在自行降速',
    cure: '温度或功率已到极限：请改善通风并检查电源。',
  },
  'power-mode-changed': {
    title: '功耗模式与设定不符',
    cure: '请用 `nvpmodel -m` 改回，或把现在的模式声明为期望值。',
  },
  'sensor-gone': {
    title: '一个原本可读的传感器读不到了',
    cure: '请在没人使用时重启设备。如果仍读不到，主板可能有故障。',
  },
  'reboot-loop': {
    title: '设备反复重启',
    cure: '请检查电源和温度，然后收集支持包。',
  },
  'agent-restarting': {
    title: '代理程序反复启动',
    cure: '请收集支持包：日志会说明它为何结束。',
  },
  'model-down': {
    title: '没有模型可以回答',
    cure: '请在设备上运行 `rockpool doctor`：它会载入模型并说明失败原因。内置模型总能载入。',
  },
  'model-restarting': {
    title: '模型在一小时内重启了好几次',
    cure: '多半是内存不够。请选用更小的模型或更短的上下文，并收集支持包。',
  },
  'gpu-idle': {
    title: '人们在等模型，图形处理器却空闲',
    cure: '模型可能只在处理器上运行。请重启代理程序；若仍如此，请收集支持包。',
  },
  'self-test-failed': {
    title: '最近一次自检发现问题',
    cure: '详情说明了问题。请在设备上运行 `rockpool doctor`，它会逐项说明处理方法。',
  },
  'fleet-offline': {
    title: '所有地点的设备都失去联系',
    cure: '很少真的全部出问题：请先检查控制器自己的网络、消息代理和证书。',
  },
  'site-offline': {
    title: '此地点的所有设备都离线',
    cure: '请询问现场电力和网络是否正常。若只是外网中断，办公室里的人仍可聊天。',
  },
  offline: {
    title: '设备离线',
    cure: '请询问现场设备是否通电、网线是否插好；同一地点的其他设备（如有）仍能联系上。',
  },
  flapping: {
    title: '设备时断时续',
    cure: '连接一再中断：请检查网线、无线网络和路由器，或看设备是否在反复重启。',
  },
  degraded: {
    title: '设备已连接，但不发送心跳',
    cure: '代理程序可能卡住了。请发送 `restart-agent`；若没有反应，请让人重新通电。',
  },
  'never-heard': {
    title: '设备已注册，之后没有消息',
    cure: '请确认办公室防火墙允许它访问消息代理的端口（8883），且代理程序在运行。',
  },
  'clock-skew': {
    title: '设备时钟与控制器不一致',
    cure: '请让设备能访问时间服务器。如果许多设备的偏差相同，错的是控制器的时钟。',
  },
  cloned: {
    title: '两台机器使用同一个设备身份',
    cure: '它的磁盘或密钥被复制过。请吊销它，并把属于你的那台作为新设备重新注册。',
  },
  'audit-fork': {
    title: '设备的审计日志被改写',
    cure: '以前报告过的一行不见了或变了：磁盘可能被还原成旧副本，或有人改动过。请与备份对照，查明后再确认此告警。',
  },
  'rollout-halted': {
    title: '一次发布已自动中止',
    cure: '其页面说明了原因以及哪些设备失败。查看后请确认此警报；待版本修复后，再新建一次发布。',
  },
  'rollout-waits': {
    title: '一次发布正等待批准下一批',
    cure: '查看上一批的结果，然后批准下一批，或中止这次发布。',
  },
  'commands-failed': {
    title: '设备未能执行或拒绝了命令',
    cure: '命令结果说明了原因。排除问题后请重新下达；成功后此提示会自动解除。',
  },
};
