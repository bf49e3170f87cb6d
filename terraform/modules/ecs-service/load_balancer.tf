resource "aws_lb" "this" {
  name                       = var.load_balancer_name
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.load_balancer.id]
  subnets                    = var.load_balancer_subnet_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = false
  tags                       = var.tags
}

resource "aws_lb_target_group" "mock" {
  name                 = var.target_group_name
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.engine.port
  deregistration_delay = var.deregistration_delay_seconds
  tags                 = var.tags

  # The path is an expectation of its own: a task that answers it has read its expectations.
  health_check {
    path                = local.ready_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}
