"""A fleet that really runs: tasks are containers, load balancers are HAProxy, alarms count real datapoints.

| module | what it does |
|---|---|
| `network` | bridge, namespaces and addresses |
| `container_runtime`, `process_runtime` | start what a task definition describes |
| `task_endpoint`, `identities` | metadata, and credentials with the rights of the role |
| `task_run`, `health_check` | one task from its network to its last log line |
| `service_scheduler`, `deployment`, `capacity` | ECS services: start, replace, deploy, scale, drain |
| `listeners`, `haproxy_config`, `load_balancer`, `target_health` | Application Load Balancers |
| `logs`, `metrics`, `utilization` | what containers write and what is measured |
| `alarms`, `scaling` | CloudWatch alarms and Application Auto Scaling |
| `clock`, `functions`, `runtime_api` | EventBridge rules and Lambda |
| `fleet`, `state`, `journal` | all together, and what a test sees of it |

Nothing in here is loaded unless a live fleet is asked for.
"""
