locals {
  mock_ports = var.https_enabled ? { http = 80, https = 443 } : { http = 80 }

  mock_ingress = merge([
    for cidr in distinct(var.mock_cidrs) : { for name, port in local.mock_ports : "${cidr}-${name}" => { cidr = cidr, port = port } }
  ]...)
}

resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-load-balancer"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-load-balancer" })
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer_mock" {
  for_each = local.mock_ingress

  security_group_id = aws_security_group.load_balancer.id
  description       = "Callers of the mock"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer_control" {
  for_each = toset(var.control_cidrs)

  security_group_id = aws_security_group.load_balancer.id
  description       = "Callers of the control API"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.control_port
  to_port           = local.control_port
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "load_balancer_mock" {
  security_group_id            = aws_security_group.load_balancer.id
  referenced_security_group_id = aws_security_group.task.id
  ip_protocol                  = "tcp"
  from_port                    = var.engine.port
  to_port                      = var.engine.port
  tags                         = var.tags
}

resource "aws_security_group" "task" {
  name        = "${var.name}-task"
  description = "Tasks of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-task" })
}

resource "aws_vpc_security_group_ingress_rule" "task_mock" {
  security_group_id            = aws_security_group.task.id
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.engine.port
  to_port                      = var.engine.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "task_https" {
  security_group_id = aws_security_group.task.id
  description       = "Images, logs and expectations"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

# The resolver of AWS needs no rule; an existing VPC may use resolvers of its own.
resource "aws_vpc_security_group_egress_rule" "task_dns" {
  for_each = toset(["tcp", "udp"])

  security_group_id = aws_security_group.task.id
  description       = "Names over ${upper(each.value)}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = each.value
  from_port         = 53
  to_port           = 53
  tags              = var.tags
}
