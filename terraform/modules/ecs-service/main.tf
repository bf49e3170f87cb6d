locals {
  control_open = length(var.control_cidrs) > 0
  control_port = var.https_enabled ? 8443 : 1081
  url_scheme   = var.https_enabled ? "https" : "http"
  url_host     = var.https_enabled ? try(var.https.domain_name, "") : aws_lb.this.dns_name
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }

  # ECS would create this log group itself, without an end to its retention.
  depends_on = [aws_cloudwatch_log_group.container_insights]
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.min_tasks
  tags            = var.tags

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.health_check_grace_period_seconds
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  # Whoever deploys watches the targets and can say what is wrong; Terraform could only wait.
  wait_for_steady_state = false
  # AWS moves a service to other capacity only together with a new deployment. Nothing is deployed without a change.
  force_new_deployment = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity.on_demand_base > 0 || var.capacity.on_demand_weight > 0 ? [1] : []

    content {
      capacity_provider = "FARGATE"
      base              = var.capacity.on_demand_base
      weight            = var.capacity.on_demand_weight
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity.spot_weight > 0 ? [1] : []

    content {
      capacity_provider = "FARGATE_SPOT"
      weight            = var.capacity.spot_weight
    }
  }

  network_configuration {
    subnets          = var.task_subnet_ids
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = var.assign_public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.mock.arn
    container_name   = "mock"
    container_port   = var.engine.port
  }

  lifecycle {
    # Autoscaling decides how many tasks run.
    ignore_changes = [desired_count]
  }

  depends_on = [
    aws_ecs_cluster_capacity_providers.this,
    # ECS refuses a target group that no listener uses.
    aws_lb_listener_rule.mock,
    # Tasks that start before these exist cannot fetch anything.
    aws_vpc_security_group_egress_rule.task_https,
    aws_vpc_security_group_egress_rule.task_dns,
    aws_vpc_security_group_ingress_rule.task_mock,
    aws_vpc_security_group_egress_rule.load_balancer_mock,
  ]
}
