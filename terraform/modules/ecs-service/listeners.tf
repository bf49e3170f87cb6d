# The mock listener refuses everything by default and forwards by its last rule, which is created after the rules
# that close the control API. So there is no moment at which the control API is open.

locals {
  mock_listener_arn = var.https_enabled ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
  tls_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  # MockServer answers control requests under /mockserver and, for PUT, on the same paths without that prefix. It
  # compares method and path literally: other cases or percent-encoded spellings are ordinary traffic to it.
  control_paths = [
    "/expectation", "/openapi", "/clear",
    "/reset", "/retrieve", "/verify",
    "/verifySequence", "/status", "/bind",
    "/stop", "/crud", "/crud/*",
    "/files/*", "/debugMismatch", "/configuration",
    "/grpc/*",
  ]

  # AWS takes three values for one condition and five for one rule, the method included.
  control_path_groups = { for index, paths in chunklist(local.control_paths, 3) : tostring(index) => paths }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"
  tags              = var.tags

  dynamic "default_action" {
    for_each = var.https_enabled ? [1] : []

    content {
      type = "redirect"

      redirect {
        port        = "443"
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
  }

  dynamic "default_action" {
    for_each = var.https_enabled ? [] : [1]

    content {
      type = "fixed-response"

      fixed_response {
        content_type = "text/plain"
        message_body = "forbidden"
        status_code  = "403"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = var.https_enabled ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = local.tls_policy
  certificate_arn   = try(var.https.certificate_arn, null)
  tags              = var.tags

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "forbidden"
      status_code  = "403"
    }
  }

  lifecycle {
    precondition {
      condition     = var.https != null
      error_message = "HTTPS needs a certificate and a domain name."
    }
  }
}

resource "aws_lb_listener_rule" "control_prefix" {
  listener_arn = local.mock_listener_arn
  priority     = 10
  tags         = var.tags

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "the control API is closed"
      status_code  = "403"
    }
  }

  # The second pattern covers the websockets of callbacks and dashboard. A path begins with a slash, so the third one
  # meets only request targets that are whole URLs, of which MockServer strips scheme and host.
  condition {
    path_pattern {
      values = ["/mockserver*", "/_mockserver*", "http*"]
    }
  }
}

resource "aws_lb_listener_rule" "control_paths" {
  for_each = local.control_path_groups

  listener_arn = local.mock_listener_arn
  priority     = 20 + tonumber(each.key)
  tags         = var.tags

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "the control API is closed"
      status_code  = "403"
    }
  }

  condition {
    http_request_method {
      values = ["PUT"]
    }
  }

  condition {
    path_pattern {
      values = each.value
    }
  }
}

resource "aws_lb_listener_rule" "mock" {
  listener_arn = local.mock_listener_arn
  priority     = 1000
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.mock.arn
  }

  condition {
    path_pattern {
      values = ["*"]
    }
  }

  depends_on = [aws_lb_listener_rule.control_prefix, aws_lb_listener_rule.control_paths]
}

resource "aws_lb_listener" "control" {
  count = local.control_open ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = local.control_port
  protocol          = var.https_enabled ? "HTTPS" : "HTTP"
  ssl_policy        = var.https_enabled ? local.tls_policy : null
  certificate_arn   = var.https_enabled ? try(var.https.certificate_arn, null) : null
  tags              = var.tags

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "forbidden"
      status_code  = "403"
    }
  }

  lifecycle {
    precondition {
      condition     = var.control_token != null
      error_message = "An open control API needs a control token of at least 20 characters."
    }
  }
}

resource "aws_lb_listener_rule" "control_token" {
  count = local.control_open ? 1 : 0

  listener_arn = aws_lb_listener.control[0].arn
  priority     = 10
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.mock.arn
  }

  condition {
    http_header {
      http_header_name = "x-automock-control-token"
      values           = [var.control_token]
    }
  }
}
